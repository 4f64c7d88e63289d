"""What the Receptive field tab draws, as plain data: what `hwr.inspection` found in, dictionaries, tables and charts out."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hwr.inspection.average_field import AverageField, LayerAverage
from hwr.inspection.effective_field import SHARES, EffectiveField
from hwr.inspection.gates import GATES, SIGNED, GateTraces
from hwr.inspection.receptive_field import ReceptiveField, Row
from hwr.inspection.separability import LineSeparability, Separability
from hwr.sentences import Language, text
from hwr.ui.line.line_view import AXIS, axis_of
from hwr.ui.page.html import both
from hwr.ui.page.theme import FAMILY

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from hwr.images.line import LineGeometry

SHARE_COLOURS = ("#2c4a9a", "#286f6a", "#946200")
ARROWS = {"forward": "→", "backward": "←"}
SOFT = "#808793"  # reads on light and on dark


def field_view(
    view: dict[str, Any], geometry: LineGeometry, field: EffectiveField, character: int = -1
) -> dict[str, Any]:
    """The value of `field_viewer`: one line, and on it what a model could see and used at one spot.

    character: the number of the character that is marked, -1: none.
    """
    profile, axis = field.profile, axis_of(view, geometry)
    reach = [
        {
            "share": round(100 * share),
            "upload": round(upload, 1),
            "network": round(network, 1),
            "x0": axis.clipped(max(0.0, field.middle - network / 2)),
            "x1": axis.clipped(min(geometry.width, field.middle + network / 2)),
        }
        for share, network, upload in zip(SHARES, field.widths.network, field.widths.upload, strict=True)
    ]
    return {
        **{name: view[name] for name in AXIS},
        "model": field.model,
        "layer": field.layer,
        "index": character,
        "frame": (field.spot.first + field.spot.last) // 2,
        "input": list(axis.input_box()),
        "columns": geometry.width,
        "rows": geometry.height,
        "box": [axis.clipped(field.box.x0), axis.clipped(field.box.x1)],
        "box_upload": [round(v) for v in np.sort(field.box.polygon[:, 0])[[0, -1]].tolist()],
        "whole": field.box.whole,
        "middle": axis.clipped(field.middle),
        "heat": _coded(np.sqrt(field.heat / max(float(field.heat.max()), 1e-12))),
        "profile": _coded(profile / max(float(profile.max()), 1e-12)),
        "peak": float(profile.max()),
        "reach": reach,
        "inside": round(field.inside, 4),
    }


def gates_view(view: dict[str, Any], traces: GateTraces, parted: LineSeparability) -> dict[str, Any]:
    """The value of `gates_viewer`: every gate of one layer and direction, units sorted by how they part the frames."""
    gates = {}
    for gate in GATES:
        values = traces.values[gate]
        reach = max(1.0, float(np.abs(values).max())) if gate in SIGNED else 1.0
        scaled = (values / reach + 1) / 2 if gate in SIGNED else values
        auc = parted.auc[gate]
        gates[gate] = {
            "values": _coded(scaled.T),
            "low": -reach if gate in SIGNED else 0.0,
            "high": reach,
            "order": np.argsort(-auc, kind="stable").tolist(),
            "auc": [None if np.isnan(value) else round(float(value), 3) for value in auc],
        }
    return {
        **{name: view[name] for name in AXIS},
        "model": traces.model,
        "layer": traces.layer,
        "direction": traces.direction,
        "units": int(traces.values["h"].shape[1]),
        "blank": _coded(1.0 - parted.characters),
        "gates": gates,
    }


def _coded(values: np.ndarray) -> str:
    """Values in [0, 1] as base64 of uint8."""
    return base64.b64encode(np.round(255 * np.clip(values, 0, 1)).astype(np.uint8).tobytes()).decode("ascii")


def field_table(table: ReceptiveField) -> str:
    """The table as HTML, width and height side by side; both languages."""
    heads = ("layer", "operation", "k", "s", "in", "out", "adds", "sees", "k", "s", "adds", "sees")
    cells = "".join(f'<th scope="col">{both(f"field.table.{name}")}</th>' for name in heads)
    body = "".join(_table_row(w, h) for w, h in zip(table.width, table.height, strict=True))
    return (
        f'<div class="hwr-f-scroll" tabindex="0"><table class="hwr-f-table"><thead><tr><td colspan="2"></td>'
        f'<th colspan="6">{both("field.table.width")}</th><th colspan="4">{both("field.table.height")}</th></tr>'
        f"<tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _table_row(width: Row, height: Row) -> str:
    count = f" × {width.count}" if width.count > 1 else ""
    adds = [
        "–" if row.increment is None else f"{row.increment}" if row.kernel is None or not row.increment else _sum(row)
        for row in (width, height)
    ]
    sees = [
        both("field.table.whole.line" if axis == "width" else "field.table.whole.height")
        if row.cumulative is None
        else f"<b>{row.cumulative}</b> px"
        for axis, row in (("width", width), ("height", height))
    ]
    k = ["–" if row.kernel is None else str(row.kernel) for row in (width, height)]
    operation = both(f"field.table.{width.kind}") + count
    cells = [
        operation,
        k[0],
        str(width.stride),
        str(width.jump_in),
        str(width.jump_out),
        adds[0],
        sees[0],
        k[1],
        str(height.stride),
        adds[1],
        sees[1],
    ]
    return f'<tr><th scope="row">{width.layer}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _sum(row: Row) -> str:
    """How a row's increment comes about: 8 x (3 - 1) x 4 = 64; patches add up otherwise.

    >>> _sum(Row("stage2", "conv", 3, 1, 8, 4, 4, 64, 89, 89))
    '<small>8 × (3 − 1) × 4 =</small> 64'
    """
    if row.kernel is None or row.increment != row.count * (row.kernel - 1) * row.jump_in:
        return str(row.increment)
    times = f"{row.count} × " if row.count > 1 else ""
    return f"<small>{times}({row.kernel} − 1) × {row.jump_in} =</small> {row.increment}"


@dataclass(frozen=True)
class LayerWidths:
    """The fields of all layers of one model on a line of this geometry, all of which a BiLSTM could see."""

    model: str
    layers: list[LayerAverage]
    geometry: LineGeometry

    @classmethod
    def of(cls, found: Sequence[EffectiveField] | AverageField, geometry: LineGeometry) -> LayerWidths:
        if isinstance(found, AverageField):
            return cls(found.model, found.layers, geometry)
        return cls(found[0].model, [_as_average(field) for field in found], geometry)

    def seen(self) -> list[int]:
        """What each layer could see, pixels of the upload."""
        widths = (self.geometry.width if layer.theoretical is None else layer.theoretical for layer in self.layers)
        return [round(self.geometry.upload_length(width)) for width in widths]

    def pixel(self) -> float:
        """Pixels of the upload that one pixel of the network is wide."""
        return self.geometry.upload_length(1)


def widths_chart(models: Sequence[LayerWidths], language: Language) -> Any:
    """How wide the windows are that hold SHARES of the mass, by layer, against what the layer could see: a Plotly figure."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for number, model in enumerate(models):
        _add_widths(figure, model, number, f" · {model.model}" if len(models) > 1 else "", language)
    highest = max(max(model.seen()) for model in models)
    _styled(figure, text("field.chart.y", language))
    figure.update_layout(barmode="group", scattermode="group")
    # From 7 px to a line of thousands: equal factors are equal heights.
    ticks = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]
    figure.update_yaxes(type="log", range=[np.log10(3), np.log10(3 * highest)], tickvals=ticks)
    return figure


def _add_widths(figure: Figure, model: LayerWidths, number: int, suffix: str, language: Language) -> None:
    """The bars and marks of one model; those of a second one stand beside the first and are hollow."""
    names, seen, whole = [layer.layer for layer in model.layers], model.seen(), text("field.chart.whole", language)
    group = {"offsetgroup": str(number), "x": names}
    figure.add_bar(
        **group,
        y=seen,
        name=text("field.chart.could", language) + suffix,
        # An empty line below the number lifts it over marks that stand on top of the bar.
        text=[
            "" if number else f"{whole if layer.theoretical is None else width}<br> "
            for layer, width in zip(model.layers, seen, strict=True)
        ],
        textposition="outside",
        textfont={"size": 11, "color": SOFT},
        cliponaxis=False,
        marker={"color": f"rgba(128,135,147,{(0.22, 0.06)[number]})", "line": {"color": SOFT, "width": 1}},
        hovertemplate="%{x}: %{y} px<extra></extra>",
    )
    for n, share in enumerate(SHARES):
        symbol = ("circle", "diamond", "square")[n] + ("", "-open")[number]
        figure.add_scatter(
            **group,
            y=[layer.widths.upload[n] for layer in model.layers],
            name=text("field.chart.share", language, n=round(100 * share)),
            showlegend=number == 0,
            mode="markers",
            marker={
                "color": SHARE_COLOURS[n],
                "size": 11 - 2 * number,
                "symbol": symbol,
                "line": {"width": 2 * number},
            },
            hovertemplate="%{x}: %{y:.0f} px<extra></extra>",
        )


def _as_average(field: EffectiveField) -> LayerAverage:
    """One field drawn as if it were a mean."""
    could = None if field.box.whole else round(field.box.x1 - field.box.x0)
    return LayerAverage(field.layer, could, field.widths, field.inside)


def separability_chart(found: Sequence[Separability], language: Language) -> Any:
    """The spread of max(AUC, 1 - AUC) over the units, gate by gate, models side by side: a Plotly figure."""
    import plotly.graph_objects as go

    figure = go.Figure()
    colours = ("#4c69b8", "#946200", "#286f6a", "#b53c25")
    for model, one in enumerate(found):
        places = [f"{gate.layer} {ARROWS[gate.direction]}" for gate in one.gates]
        units = [len(gate.auc) for gate in one.gates]
        figure.add_box(
            x=[
                np.repeat(places, units).tolist(),
                np.repeat([gate.gate for gate in one.gates], units).tolist(),
            ],
            y=np.concatenate([gate.separation for gate in one.gates]).round(4).tolist(),
            name=one.model,
            marker={"color": colours[model % len(colours)], "size": 3},
            line={"width": 1.2},
            boxpoints="outliers",
        )
    figure.update_layout(boxmode="group", showlegend=len(found) > 1)
    _styled(figure, text("separability.chart.y", language))
    figure.update_yaxes(range=[0.49, 1.005])
    return figure


def separability_table(found: Separability) -> str:
    """The units that part best, as HTML; both languages."""
    heads = "".join(
        f'<th scope="col">{both(f"separability.table.{name}")}</th>' for name in ("unit", "auc", "fisher", "means")
    )
    rows = "".join(
        f'<tr><th scope="row">{unit.layer} {ARROWS[unit.direction]} '
        f"<b>{unit.gate}</b> {unit.unit}</th><td>{unit.auc:.3f}</td><td>{unit.fisher:.2f}</td>"
        f"<td>{both('separability.high' if unit.auc > 0.5 else 'separability.low')}</td></tr>"
        for unit in found.top()
    )
    return (
        f'<div class="hwr-f-scroll" tabindex="0"><table class="hwr-f-table"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _styled(figure: Figure, y_title: str) -> None:
    """Transparent, grey enough to read on light and dark, no toolbar's worth of margins."""
    figure.update_layout(
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": SOFT, "size": 12, "family": FAMILY},
        margin={"l": 56, "r": 12, "t": 26, "b": 40},
        height=330,
        legend={"orientation": "h", "yref": "container", "y": 0.01, "yanchor": "bottom"},
        hoverlabel={"font": {"color": "#fff", "family": FAMILY}},
    )
    figure.update_yaxes(title=y_title, gridcolor="rgba(128,135,147,.25)", zeroline=False)
    figure.update_xaxes(gridcolor="rgba(0,0,0,0)")
