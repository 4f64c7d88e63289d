"""Connectors: what the recogniser sees at a tap, as input embeddings of a language model.

One interface, six kinds, each a class; another is a subclass of `Connector` with a `kind`, in any module.
B lines, T frames, D features, N positions, n tokens, D_llm the model's hidden size:

    kind            what it does                                               N
    linear          Linear                                                     T
    linear_ln       LayerNorm, Linear                                          T
    linear_gelu_ln  LayerNorm, Linear, GELU                                    T
    downsample      features resized along time to the n tokens, Linear        n
    qformer         M learned queries attend to the frames (BLIP-2), Linear    M
    aligned         the frames on which each token lies averaged, Linear       n

A connector is shown features and a `TokenPlaces`, never a text: what it learns of the text is how many tokens there are
(`downsample`) and on which frames they lie (`aligned`). Its files lie beside the recogniser in the checkpoint directory:
`connectors.json` and `connectors/<tap>.safetensors`. Reading does without them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from hwr.errors import InputError
from hwr.files import read_json
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import INDEX, KINDS, ConnectorConfig, has_connectors
from hwr.language.places import TokenPlaces, inside, mean_over, resized
from hwr.recognizer.checkpoint import resolve
from hwr.recognizer.network import Recognizer

FORMAT = 1
FOLDER = "connectors"


class Connector(nn.Module):
    """Base of the kinds: a scalar in front of their embeddings, zeros past their end.

    The scalar starts where the embeddings are as large as those of the model's own tokens (`match_scale`).
    A subclass with a `kind` can be named by it in configurations, menus and checkpoints from its definition on.
    needs_alignment: it asks for the frames of each token, not only how many there are.
    """

    kind: ClassVar[str]
    needs_alignment: ClassVar[bool] = False
    kinds: ClassVar[dict[str, type[Connector]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if kind := vars(cls).get("kind"):
            Connector.kinds[kind] = cls
            if kind not in KINDS:
                KINDS.append(kind)

    def __init__(self, config: ConnectorConfig, features: int, hidden_size: int) -> None:
        super().__init__()
        self.config, self.features, self.hidden_size = config, features, hidden_size
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, features: Tensor, lengths: Tensor, tokens: TokenPlaces | None = None) -> tuple[Tensor, Tensor]:
        """features (B, T, D), lengths (B,) frames of each line -> embeddings (B, N, D_llm), lengths (B,) of them.

        tokens: needed where N = n (counts) and by kinds that need an alignment (first, end), in frames of this tap.
        """
        embeddings, lengths = self.embed(features, lengths, tokens)
        return self.scale * embeddings * inside(lengths, embeddings.shape[1])[..., None], lengths

    def embed(self, features: Tensor, lengths: Tensor, tokens: TokenPlaces | None) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    @torch.no_grad()
    def match_scale(self, deviation: float, features: Tensor, lengths: Tensor, tokens: TokenPlaces | None) -> None:
        """Set the scalar so that the embeddings of these lines have this standard deviation."""
        embeddings, counts = self(features, lengths, tokens)
        real = embeddings[inside(counts, embeddings.shape[1])]
        self.scale *= deviation / real.std().clamp(min=1e-8)


class LinearConnector(Connector):
    """`linear`: every frame becomes a position, N = T."""

    kind = "linear"

    def __init__(self, config: ConnectorConfig, features: int, hidden_size: int) -> None:
        super().__init__(config, features, hidden_size)
        self.layers = nn.Sequential(*self.layers_of(features, hidden_size))

    def layers_of(self, features: int, hidden_size: int) -> list[nn.Module]:
        return [nn.Linear(features, hidden_size)]

    def embed(self, features: Tensor, lengths: Tensor, tokens: TokenPlaces | None) -> tuple[Tensor, Tensor]:
        return self.layers(features), lengths


class NormedConnector(LinearConnector):
    """`linear_ln`: with a LayerNorm before."""

    kind = "linear_ln"

    def layers_of(self, features: int, hidden_size: int) -> list[nn.Module]:
        return [nn.LayerNorm(features), *super().layers_of(features, hidden_size)]


class GeluConnector(NormedConnector):
    """`linear_gelu_ln`: and a GELU behind."""

    kind = "linear_gelu_ln"

    def layers_of(self, features: int, hidden_size: int) -> list[nn.Module]:
        return [*super().layers_of(features, hidden_size), nn.GELU()]


class DownsampleConnector(Connector):
    """`downsample`: the line cut into n equal parts, whatever is written in them, N = n."""

    kind = "downsample"

    def __init__(self, config: ConnectorConfig, features: int, hidden_size: int) -> None:
        super().__init__(config, features, hidden_size)
        self.linear = nn.Linear(features, hidden_size)

    def embed(self, features: Tensor, lengths: Tensor, tokens: TokenPlaces | None) -> tuple[Tensor, Tensor]:
        if tokens is None:
            raise ValueError("a downsample connector needs to know how many tokens each text has")
        return self.linear(resized(features, lengths, tokens.counts)), tokens.counts


class AlignedConnector(Connector):
    """`aligned`: what the recogniser saw where the token is written, N = n."""

    kind = "aligned"
    needs_alignment = True

    def __init__(self, config: ConnectorConfig, features: int, hidden_size: int) -> None:
        super().__init__(config, features, hidden_size)
        self.layers = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, hidden_size))

    def embed(self, features: Tensor, lengths: Tensor, tokens: TokenPlaces | None) -> tuple[Tensor, Tensor]:
        if tokens is None or tokens.first is None or tokens.end is None:
            raise ValueError("an aligned connector needs the frames of each token")
        end = tokens.end.clamp(max=features.shape[1])
        return self.layers(mean_over(features, torch.minimum(tokens.first, end - 1), end)), tokens.counts


class QFormerConnector(Connector):
    """`qformer`: M learned queries, each layer self-attention, attention to the frames, MLP (Li et al. 2023, BLIP-2).

    Frames carry the sine of their place along the line (Vaswani et al. 2017), so that a query can look at "the third
    word's place"; the order of the queries is in their learned embeddings.
    """

    kind = "qformer"

    def __init__(self, config: ConnectorConfig, features: int, hidden_size: int) -> None:
        super().__init__(config, features, hidden_size)
        self.frames = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, config.width))
        self.queries = nn.Parameter(torch.randn(config.queries, config.width))
        layer = nn.TransformerDecoderLayer(
            config.width,
            config.heads,
            2 * config.width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.decoder = nn.TransformerDecoder(layer, config.layers, nn.LayerNorm(config.width))
        self.linear = nn.Linear(config.width, hidden_size)

    def embed(self, features: Tensor, lengths: Tensor, tokens: TokenPlaces | None) -> tuple[Tensor, Tensor]:
        batch, frames, _ = features.shape
        memory = self.frames(features) + sines(frames, self.config.width).to(features)
        queries = self.queries.expand(batch, -1, -1)
        seen = self.decoder(queries, memory, memory_key_padding_mask=~inside(lengths, frames))
        return self.linear(seen), torch.full_like(lengths, len(self.queries))


def sines(positions: int, width: int) -> Tensor:
    """Sines and cosines of the positions at `width` / 2 wavelengths, (positions, width)."""
    wavelengths = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angles = torch.arange(positions)[:, None] * wavelengths
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def build_connector(config: ConnectorConfig, features: int, hidden_size: int) -> Connector:
    """A fresh connector from D = `features` to D_llm = `hidden_size`."""
    return Connector.kinds[config.kind](config, features, hidden_size)


def needs_alignment(connectors: Iterable[Connector]) -> bool:
    """Whether any of them asks for the frames of each token."""
    return any(connector.needs_alignment for connector in connectors)


@torch.no_grad()
def feature_size(network: Recognizer, tap: str) -> int:
    """D of a tap. Raises InputError when the network does not have it."""
    if tap not in network.tap_names:
        raise InputError("language.no_tap", preset=network.config.preset, tap=tap, taps=", ".join(network.tap_names))
    was_training = network.training
    weight = next(network.parameters())
    line = torch.zeros(1, network.config.height, network.config.width_multiple, device=weight.device)
    size = network.eval()(line, taps=(tap,)).taps[tap].shape[2]
    network.train(was_training)
    return size


def tokenizer_fingerprint(lm: FrozenLM) -> str:
    """A hash of the vocabulary: equal for two models whose token ids mean the same."""
    vocabulary = json.dumps([sorted(lm.tokenizer.get_vocab().items()), lm.end_id])
    return hashlib.blake2b(vocabulary.encode(), digest_size=8).hexdigest()


def embedding_size(lm: FrozenLM) -> int:
    """D_llm, the size of the vectors that the model reads."""
    return int(cast(Tensor, lm.model.get_input_embeddings().weight).shape[1])


@dataclass
class Connectors:
    """The connectors of one recogniser, by tap, and what they were trained with.

    lm_name, keep_layers, lm_identity: the language model. tokenizer: its fingerprint. objective, lm_weight (a),
    kl_weight (b), and what else the training wants to be known, are in `training`.
    """

    modules: dict[str, Connector]
    lm_name: str
    keep_layers: int | None
    lm_identity: str
    tokenizer: str
    training: dict[str, Any] = field(default_factory=dict)

    @property
    def objective(self) -> Any:
        return self.training.get("objective", "surrogate")

    @classmethod
    def of(
        cls, modules: Mapping[str, Connector], lm: FrozenLM, keep_layers: int | None, training: dict[str, Any]
    ) -> Connectors:
        return cls(dict(modules), lm.name, keep_layers, lm.identity, tokenizer_fingerprint(lm), training)

    def check_model(self, lm: FrozenLM) -> None:
        """Raises InputError when the connectors were trained for a model of another size or vocabulary."""
        for tap, connector in self.modules.items():
            if connector.hidden_size != embedding_size(lm):
                raise InputError(
                    "language.other_model",
                    tap=tap,
                    taught=self.lm_name,
                    hidden_size=connector.hidden_size,
                    lm=lm.name,
                    size=embedding_size(lm),
                )
        if self.tokenizer != tokenizer_fingerprint(lm):
            raise InputError("language.other_tokenizer", taught=self.lm_name, lm=lm.name)

    def save(self, directory: Path) -> None:
        """Write `connectors.json` and a safetensors file for each tap into a checkpoint directory."""
        (directory / FOLDER).mkdir(exist_ok=True)
        for tap, connector in self.modules.items():
            state = {k: v.detach().cpu().contiguous() for k, v in connector.state_dict().items()}
            save_file(state, directory / FOLDER / f"{tap}.safetensors")
        index = {
            "format": FORMAT,
            "language_model": {
                "name": self.lm_name,
                "keep_layers": self.keep_layers,
                "identity": self.lm_identity,
                "tokenizer": self.tokenizer,
            },
            "connectors": [
                {**dataclasses.asdict(c.config), "features": c.features, "hidden_size": c.hidden_size}
                for c in self.modules.values()
            ],
            "training": self.training,
        }
        (directory / INDEX).write_text(json.dumps(index, indent=1, ensure_ascii=False), encoding="utf-8")


def copy_connectors(source: Path, target: Path) -> None:
    """Copy the connectors of one checkpoint directory, if it has any, into another, in fp16."""
    if has_connectors(source):
        shutil.copy(source / INDEX, target / INDEX)
        (target / FOLDER).mkdir(exist_ok=True)
        for path in (source / FOLDER).glob("*.safetensors"):
            halved = {k: v.half() if v.is_floating_point() else v for k, v in load_file(path).items()}
            save_file(halved, target / FOLDER / path.name)


def load_connectors(source: str | Path, network: Recognizer, lm: FrozenLM | None = None) -> Connectors:
    """Load the connectors beside a recogniser, from a checkpoint directory or Hub id.

    Raises InputError when there are none, when a file is missing or damaged, when the network does not have the tap or
    has another number of features there, and, where `lm` is given, when they belong to another language model.
    """
    directory = resolve(source, INDEX, f"{FOLDER}/*")
    try:
        index = read_json(directory / INDEX)
        if index["format"] != FORMAT:
            raise InputError("language.index_format", path=directory / INDEX, found=index["format"], format=FORMAT)
        modules = {c["tap"]: _load_one(directory, c, network) for c in index["connectors"]}
        model = index["language_model"]
        names = model["name"], model["keep_layers"], model["identity"], model["tokenizer"]
        loaded = Connectors(modules, *names, index["training"])
    except FileNotFoundError as error:
        if error.filename and not str(error.filename).endswith(INDEX):
            raise InputError("language.connector_missing", filename=error.filename, index=INDEX) from None
        raise InputError("language.without_connectors", source=source, index=INDEX) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("language.bad_index", path=directory / INDEX, error=error) from None
    if lm is not None:
        loaded.check_model(lm)
    return loaded


def _load_one(directory: Path, values: dict[str, Any], network: Recognizer) -> Connector:
    values = dict(values)
    features, hidden_size = values.pop("features"), values.pop("hidden_size")
    try:
        config = ConnectorConfig(**values)
    except InputError as error:
        raise InputError("language.connector_unusable", path=directory / INDEX, error=error) from None
    there = feature_size(network, config.tap)
    if features != there:
        raise InputError("language.other_features", tap=config.tap, features=features, there=there)
    path = directory / FOLDER / f"{config.tap}.safetensors"
    if not path.is_file():
        raise FileNotFoundError(2, "missing", str(path))
    try:
        state = load_file(path)
        if not all(torch.isfinite(value).all() for value in state.values()):
            raise RuntimeError("it holds values that are no numbers")
        with torch.device("meta"):  # takes no memory, whatever the index asks for
            asked = build_connector(config, features, hidden_size).state_dict()
        if {key: value.shape for key, value in asked.items()} != {key: value.shape for key, value in state.items()}:
            raise RuntimeError("its tensors are not those that the list describes")
        connector = build_connector(config, features, hidden_size)
        connector.load_state_dict(state)
    except (SafetensorError, RuntimeError, OSError) as error:
        raise InputError("language.bad_connector", path=path, reason=str(error).splitlines()[0]) from None
    return connector.eval()
