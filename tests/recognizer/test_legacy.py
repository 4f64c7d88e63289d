"""The import of `.pt` files, held against the original network written down a second time, independently."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hwr.cli import main
from hwr.errors import InputError
from hwr.reader import Reader
from hwr.recognizer.config import preset
from hwr.recognizer.legacy import load_legacy
from hwr.recognizer.network import Recognizer

CHARACTERS = sorted("abcdefg ,.")
CLASSES = len(CHARACTERS) + 1


class OriginalBlock(nn.Module):
    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.shortcut = nn.Sequential()
        if before != after:
            self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))


class OriginalNorm(nn.Module):
    """LayerNorm over the channels, one pixel at a time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class OriginalVit(nn.Module):
    """Attention inside each p x p patch: every patch is cut out and goes through the encoder by itself."""

    def __init__(self, channels: int, patch: int, dim: int = 80) -> None:
        super().__init__()
        self.patch = patch
        self.local = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            OriginalNorm(channels),
            nn.SiLU(),
            nn.Conv2d(channels, dim, 1, bias=False),
            OriginalNorm(dim),
            nn.SiLU(),
        )
        layer = nn.TransformerEncoderLayer(dim, 8, 160, 0.1, "gelu", batch_first=True, norm_first=True)
        self.transformer = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.fusion = nn.Sequential(
            nn.Conv2d(channels + dim, channels, 1, bias=False), OriginalNorm(channels), nn.SiLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        local = self.local(x)
        out, p = torch.empty_like(local), self.patch
        for top in range(0, x.shape[2], p):
            for left in range(0, x.shape[3], p):
                patch = local[:, :, top : top + p, left : left + p]
                tokens = self.transformer(patch.flatten(2).transpose(1, 2))
                out[:, :, top : top + p, left : left + p] = tokens.transpose(1, 2).reshape(patch.shape)
        return self.fusion(torch.cat((x, out), 1))


class OriginalFeatures(nn.Module):
    def __init__(self, stride: tuple[int, int], layout: list[tuple[int, int]], vit: bool, first: int) -> None:
        super().__init__()
        self.features = nn.ModuleList([nn.Conv2d(1, 32, 7, stride, 3), nn.ReLU()])
        channels, number = 32, first
        for stage, (blocks, width) in enumerate(layout):
            if stage:
                self.features.add_module(f"mxp{stage}", nn.MaxPool2d(2, 2))
            if stage and vit:
                self.features.add_module(f"mvit{stage - 1 + first}", OriginalVit(channels, 4 * stage))
            for _ in range(blocks):
                self.features.add_module(f"cnv{number}", OriginalBlock(channels, width))
                channels, number = width, number + 1

    def forward(self, x: Tensor) -> Tensor:
        for module in self.features.children():
            x = module(x)
        return F.max_pool2d(x, [x.shape[2], 1])


class OriginalTop(nn.Module):
    def __init__(self, split_rec: bool, hidden: int = 256) -> None:
        super().__init__()
        if split_rec:
            self.rec1 = nn.LSTM(256, hidden, 1, bidirectional=True)
            self.recN = nn.LSTM(2 * hidden, hidden, 2, bidirectional=True, dropout=0.2)
        else:
            self.rec = nn.LSTM(256, hidden, 3, bidirectional=True, dropout=0.2)
        self.split_rec = split_rec
        self.fnl = nn.Sequential(nn.Dropout(0.5), nn.Linear(2 * hidden, CLASSES))
        self.cnn = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(256, CLASSES, (1, 3), padding=(0, 1)))

    def forward(self, columns: Tensor) -> tuple[Tensor, Tensor]:
        y = columns.squeeze(2).permute(2, 0, 1)  # (T, B, D)
        y = self.recN(self.rec1(y)[0])[0] if self.split_rec else self.rec(y)[0]
        return self.fnl(y), self.cnn(columns).squeeze(2).permute(2, 0, 1)


class Original(nn.Module):
    def __init__(
        self,
        stride: tuple[int, int] = (4, 2),
        blocks: tuple[int, ...] = (2, 3, 2),
        vit: bool = False,
        split_rec: bool = False,
        first: int = 0,
    ) -> None:
        super().__init__()
        self.features = OriginalFeatures(stride, list(zip(blocks, (64, 128, 256), strict=True)), vit, first)
        self.top = OriginalTop(split_rec)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.top(self.features(x))


LAYOUTS = {
    "2022": {"stride": (2, 2), "blocks": (2, 4, 4)},
    "2024": {"stride": (4, 2), "blocks": (2, 3, 2), "first": 1},
    "mobilevit": {"stride": (2, 2), "blocks": (2, 4, 4), "vit": True, "first": 1},
    "rec1_recN": {"stride": (4, 2), "blocks": (2, 3, 2), "split_rec": True},
}


def original(**layout) -> Original:
    """A network that has been somewhere: no weight, bias or batch statistic at its initial value."""
    torch.manual_seed(0)
    net = Original(**layout).eval()
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if name.endswith("running_var"):
                value.uniform_(0.5, 2)
            elif name.endswith("running_mean") or (value.ndim == 1 and value.is_floating_point()):
                value.add_(torch.randn_like(value) * 0.1)
    return net


def save(directory: Path, state: object, characters: list[str] = CHARACTERS) -> tuple[Path, Path]:
    torch.save(state, directory / "net.pt")
    np.save(directory / "classes.npy", np.array(characters))
    return directory / "net.pt", directory / "classes.npy"


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    return dict(original().state_dict())


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYOUTS)
def test_logits_equal_the_original(name: str, tmp_path: Path) -> None:
    net = original(**LAYOUTS[name])
    imported = load_legacy(*save(tmp_path, net.state_dict()))
    ours = Recognizer(imported.config, imported.charset.classes).eval()
    ours.load_state_dict(imported.state)
    images = torch.rand(2, 1, 128, 256)
    with torch.no_grad():
        logits, shortcut = net(images)
        output = ours(images[:, 0])
    assert output.logits.shape == (2, 32, CLASSES)
    torch.testing.assert_close(output.logits, logits.transpose(0, 1), atol=1e-4, rtol=0)
    torch.testing.assert_close(output.shortcut_logits, shortcut.transpose(0, 1), atol=1e-4, rtol=0)
    assert logits.std() > 0.01  # the comparison compares something
    assert imported.charset.characters == "".join(CHARACTERS)
    assert imported.dropped == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "known"), [("2022", "retsinas2022"), ("2024", "retsinas2024"), ("mobilevit", "mobilevit")]
)
def test_configuration_is_the_preset(name: str, known: str, tmp_path: Path) -> None:
    config = load_legacy(*save(tmp_path, original(**LAYOUTS[name]).state_dict())).config
    assert config == preset(known).replace(mobilevit_attend=config.mobilevit_attend)
    assert config.mobilevit_attend == ("within" if name == "mobilevit" else "across")


def test_options_override_what_tensors_cannot_tell(tmp_path: Path) -> None:
    paths = save(tmp_path, original(**LAYOUTS["mobilevit"]).state_dict())
    config = load_legacy(
        *paths, stem_stride=(4, 2), attend="across", mobilevit_heads=4, mobilevit_patches=(2, 4)
    ).config
    assert (config.stem_stride, config.mobilevit_attend, config.mobilevit_heads) == ((4, 2), "across", 4)
    assert [stage.mobilevit_patch for stage in config.stages] == [None, 2, 4]
    with pytest.raises(InputError, match="mobilevit_heads=7"):
        load_legacy(*paths, mobilevit_heads=7)
    with pytest.raises(InputError, match="mobilevit_patches"):
        load_legacy(*paths, mobilevit_patches=(4,))


@pytest.mark.parametrize("wrapper", ["model", "state_dict"])
def test_wrapped_data_parallel_and_half_precision(wrapper: str, state: dict[str, Tensor], tmp_path: Path) -> None:
    half = {f"module.{k}": v.half() if v.is_floating_point() else v for k, v in state.items()}
    imported = load_legacy(*save(tmp_path, {wrapper: half, "epoch": 3}))
    assert torch.equal(imported.state["head.weight"], state["top.fnl.1.weight"].half().float())


def test_files_without_batch_counters(state: dict[str, Tensor], tmp_path: Path) -> None:
    old = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    imported = load_legacy(*save(tmp_path, old))
    Recognizer(imported.config, CLASSES).load_state_dict(imported.state)


def test_language_model_keys_are_dropped_and_counted(state: dict[str, Tensor], tmp_path: Path) -> None:
    extra = ["top.llm.wte.weight", "top.llm_head.weight", "top.connector1.0.weight"]
    imported = load_legacy(*save(tmp_path, {**state, **{key: torch.zeros(2, 2) for key in extra}}))
    assert imported.dropped == extra
    assert len(imported.state) == len(load_legacy(*save(tmp_path, state)).state)


class Payload:
    """Writes a file when unpickled."""

    def __init__(self, sentinel: Path) -> None:
        self.sentinel = sentinel

    def __reduce__(self):
        return os.system, (f"touch {self.sentinel}",)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("container", ["zip", "legacy", "pickle"])
def test_a_pickle_payload_is_refused_and_not_run(container: str, state: dict[str, Tensor], tmp_path: Path) -> None:
    sentinel = tmp_path / "sentinel"
    paths = save(tmp_path, state)
    content = {**state, "top.fnl.1.bias": Payload(sentinel)}
    if container == "pickle":
        paths[0].write_bytes(pickle.dumps(Payload(sentinel)))
    else:
        torch.save(content, paths[0], _use_new_zipfile_serialization=container == "zip")
    with pytest.raises(InputError, match=r"net\.pt"):
        load_legacy(*paths)
    assert not sentinel.exists()


def test_the_refusal_says_what_and_why(state: dict[str, Tensor], tmp_path: Path) -> None:
    paths = save(tmp_path, {**state, "optimizer": Payload(tmp_path / "sentinel")})
    with pytest.raises(InputError, match=r"refused.*posix\.system.*state_dict\(\)"):
        load_legacy(*paths)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.999])
def test_truncated_file(share: float, state: dict[str, Tensor], tmp_path: Path) -> None:
    path, charset_path = save(tmp_path, state)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match="damaged or cut short"):
        load_legacy(path, charset_path)


def test_missing_files(state: dict[str, Tensor], tmp_path: Path) -> None:
    path, charset_path = save(tmp_path, state)
    with pytest.raises(InputError, match=r"nothing\.pt is missing"):
        load_legacy(tmp_path / "nothing.pt", charset_path)
    with pytest.raises(InputError, match=r"nothing\.npy is missing"):
        load_legacy(path, tmp_path / "nothing.npy")


def test_object_array_charset_is_refused(state: dict[str, Tensor], tmp_path: Path) -> None:
    paths = save(tmp_path, state)
    np.save(paths[1], np.array([*CHARACTERS[:-1], Payload(tmp_path / "sentinel")], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"np\.save\('classes\.npy', np\.array\(list, dtype='U1'\)\)"):
        load_legacy(*paths)
    assert not (tmp_path / "sentinel").exists()


@pytest.mark.parametrize(
    "content", [b"", b"abc", b"\x93NUMPY\x01\x00", pickle.dumps(CHARACTERS)], ids=["empty", "text", "cut", "pickle"]
)
def test_charset_that_is_no_array(content: bytes, state: dict[str, Tensor], tmp_path: Path) -> None:
    paths = save(tmp_path, state)
    paths[1].write_bytes(content)
    with pytest.raises(InputError, match=r"classes\.npy is not a NumPy array"):
        load_legacy(*paths)


@pytest.mark.parametrize("array", [np.arange(10), np.array([["a"]]), np.array(["ab", "c"]), np.array(["a", ""])])
def test_charset_of_the_wrong_kind(array: np.ndarray, state: dict[str, Tensor], tmp_path: Path) -> None:
    paths = save(tmp_path, state)
    np.save(paths[1], array)
    with pytest.raises(InputError, match="U1"):
        load_legacy(*paths)


def test_class_count_mismatch(state: dict[str, Tensor], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"lists 9 characters.* has 11 classes"):
        load_legacy(*save(tmp_path, state, CHARACTERS[:-1]))


def test_unknown_keys_are_listed(state: dict[str, Tensor], tmp_path: Path) -> None:
    more = {f"top.attention.{i}": torch.zeros(1) for i in range(5)}
    with pytest.raises(InputError, match=r"top\.attention\.0, .*\.1, .*\.2 and 2 more"):
        load_legacy(*save(tmp_path, {**state, **more}))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("features.features.0", "lacks the weights of features.features.0"),
        ("features.features.cnv", "lacks the weights of the residual blocks"),
        ("features.features.cnv3", "without a gap"),
        ("features.features.cnv1.bn2.running_var", "lacks the weights of body.stage1_block2.bn2.running_var"),
        ("top.rec", "lacks the weights of top.rec"),
        ("top.rec.weight_ih_l1_reverse", "lacks the weights of lstm.1.weight_ih_l0_reverse"),
        ("top.fnl", "lacks the weights of top.fnl.1.weight"),
        ("top.cnn", "lacks the weights of top.cnn.1.weight"),
    ],
)
def test_missing_weights_are_named(lost: str, message: str, state: dict[str, Tensor], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        load_legacy(*save(tmp_path, {k: v for k, v in state.items() if not k.startswith(lost)}))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("top.fnl.1.weight", torch.zeros(CLASSES, 100), "head.weight has the shape"),
        ("top.cnn.1.weight", torch.zeros(CLASSES, 256, 3, 3), "top.cnn.1.weight has the shape"),
        ("top.rec.weight_hh_l0", torch.zeros(768, 256), "not LSTMs"),
        ("features.features.0.weight", torch.tensor(1.0), "too few dimensions"),
        ("top.fnl.1.bias", [1.0, 2.0], "not a named weight"),
        ("top.fnl.1.bias", torch.zeros(0), "not a named weight"),
    ],
)
def test_weights_of_another_network(
    key: str, value: object, message: str, state: dict[str, Tensor], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        load_legacy(*save(tmp_path, {**state, key: value}))


@pytest.mark.parametrize("content", [[1, 2], {}, OrderedDict(), torch.zeros(3)])
def test_not_a_state_dict(content: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a state_dict"):
        load_legacy(*save(tmp_path, content))


@pytest.mark.slow
def test_the_command_writes_a_checkpoint_that_reads(state: dict[str, Tensor], tmp_path: Path, capsys) -> None:
    weights, charset = save(tmp_path, {**state, "top.llm.weight": torch.zeros(2)})
    out = tmp_path / "imported"
    assert main(["import-checkpoint", str(weights), "--charset", str(charset), "--out", str(out)]) == 0
    assert "dropped 1 tensors" in capsys.readouterr().out
    drawn = np.full((90, 600), 255, np.uint8)
    drawn[30:60, 50:500:20] = 0
    reading = Reader.from_pretrained(out).read(drawn, lines="single").lines[0]
    assert reading.pixels.shape == (128, 1024)
    assert len(reading.log_probs) == 128
