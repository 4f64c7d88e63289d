import json

import numpy as np
import pytest
from PIL import Image

from hwr.cli import main
from hwr.data.dataset import write_imagefolder
from hwr.inspection.effective_field import effective_field, spot
from hwr.recognizer.checkpoint import save_checkpoint


@pytest.fixture
def model(wavering_checkpoint, tmp_path):
    save_checkpoint(wavering_checkpoint, tmp_path / "tiny")
    return str(tmp_path / "tiny")


@pytest.fixture
def image(drawn_line, tmp_path):
    path = tmp_path / "line.png"
    Image.fromarray(drawn_line("in an old abc")).save(path)
    return str(path)


def result(capsys, *arguments):
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_receptive_field_of_a_preset(capsys):
    found = result(capsys, "receptive-field", "--model", "retsinas2022")
    assert [row["cumulative"] for row in found["width"][:6]] == [7, 23, 25, 89, 93, 221]
    assert found["width"][7]["cumulative"] == "whole line"
    fields = {"layer", "kernel", "stride", "jump_in", "jump_out", "increment", "cumulative"}
    assert all(fields <= set(row) for axis in ("width", "height") for row in found[axis])
    assert "effective" not in found
    assert main(["receptive-field", "--model", "retsinas2024"]) == 0
    assert " 141\n" in capsys.readouterr().out


@pytest.mark.slow
def test_receptive_field_of_a_checkpoint(capsys, model, image, line_folder, wavering_checkpoint):
    data = ["--data", str(line_folder), "--split", "val", "--frames", "1", "--limit", "2"]
    found = result(capsys, "receptive-field", "--model", model, "--image", image, "--character", "1", *data)
    assert found["model"] == "tiny"
    assert (found["effective"]["lines"], found["effective"]["frames"]) == (2, 2)
    assert {layer["layer"] for layer in found["effective"]["layers"]} >= {"columns", "lstm1", "lstm2"}
    from hwr.reader import Reader

    reader = Reader(wavering_checkpoint, device="cpu")
    line = reader.read(image).lines[0]
    assert found["field"]["box"] == effective_field(reader, line, spot(line, 0)).to_dict()["box"]
    compared = result(capsys, "receptive-field", "--model", model, "--compare", model, "--image", image)
    assert compared["compare"] == {name: value for name, value in compared.items() if name != "compare"}
    compared = result(capsys, "receptive-field", "--model", model, "--compare", model, *data)
    assert [gap["layer"] for gap in compared["difference"]] == [r["layer"] for r in compared["effective"]["layers"]]
    assert all(gap[share] == [0, 0, 0] for gap in compared["difference"] for share in ("50", "90", "95"))
    assert main(["receptive-field", "--model", model, "--image", image, "--layer", "columns", *data]) == 0
    out = capsys.readouterr().out
    assert "could see" in out
    assert "mean over 2 frames of 2 lines" in out
    assert main(["receptive-field", "--model", model, "--compare", model, *data]) == 0
    assert "tiny minus tiny, same lines" in capsys.readouterr().out


@pytest.mark.slow
def test_gates_of_a_data_set(capsys, model, line_folder):
    arguments = ["gates", "--model", model, "--compare", model, "--data", str(line_folder), "--split", "val"]
    found = result(capsys, *arguments)
    assert found["compare"]["gates"] == found["gates"]
    assert (found["lines"], found["split"], len(found["gates"])) == (4, "val", 2 * 2 * 6)
    assert len(found["top"]) == 10
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert out.count("best units") == 2
    (row,) = [line for line in out.splitlines() if line.startswith("  lstm2 backward h ") and "unit" not in line]
    cells = row.split()[3:]
    assert len(cells) == 10
    assert cells[:5] == cells[5:]


def test_gates_by_the_true_text(capsys, model, drawn_line, tmp_path):
    write_imagefolder(tmp_path / "d", ((drawn_line(text), text, {}) for text in ("ab", "on it")))
    found = result(capsys, "gates", "--model", model, "--data", str(tmp_path / "d"), "--labels", "aligned")
    assert "forced alignment" in found["labels"]
    assert found["lines"] == 2


def test_gates_of_a_line(capsys, model, image, tmp_path):
    out = tmp_path / "traces.npz"
    found = result(capsys, "gates", "--model", model, "--image", image, "--layer", "lstm2", "--out", str(out))
    with np.load(out) as traces:
        assert set(traces.files) == set("ifgoch")
        assert traces["i"].shape == (found["frames"], found["units"]) == (found["frames"], 12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["receptive-field", "--model", "small", "--data", "x"], "is a preset, which has no weights"),
        (["receptive-field", "--model", "nowhere"], "no checkpoint directory"),
        (["receptive-field", "--image", "{image}", "--frame", "4000"], "Frame 4000 is outside of the line"),
        (["receptive-field", "--image", "{image}", "--layer", "head"], "no layer 'head' with a time axis"),
        (["receptive-field", "--image", "{image}", "--line", "2"], "no line 2"),
        (["receptive-field", "--image", "{image}", "--character", "0"], "Character -1 is not on the line"),
        (["receptive-field", "--data", "{data}", "--frames", "0"], "at least 1, not 0"),
        (["gates"], "Give --data for a data set"),
        (["gates", "--image", "{image}"], "--image needs --out"),
        (["gates", "--image", "{image}", "--compare", "x"], "--compare needs --data"),
        (["gates", "--data", "{data}", "--limit", "1"], "needs at least two lines"),
        (["gates", "--data", "{data}", "--split", "fold1"], "no split 'fold1'"),
    ],
)
def test_bad_input_is_one_line(capsys, model, image, line_folder, arguments, sentence):
    filled = [a.format(image=image, data=line_folder) for a in arguments]
    assert main(filled if "--model" in filled else [*filled, "--model", model]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1
