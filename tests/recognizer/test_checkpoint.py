import json
import os
import resource

import pytest
import torch
from safetensors.torch import load_file, save_file

from hwr.errors import InputError
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import extend_network, load_checkpoint, save_checkpoint


def test_round_trip(tiny_checkpoint, tmp_path):
    tiny_checkpoint.info = {"data": ["lines of nobody"]}
    save_checkpoint(tiny_checkpoint, tmp_path / "model")
    loaded = load_checkpoint(tmp_path / "model")
    images = torch.rand(1, 64, 80)
    assert torch.equal(loaded.network(images).logits, tiny_checkpoint.network(images).logits)
    assert loaded.charset == tiny_checkpoint.charset
    assert loaded.temperature == 1.2
    assert loaded.name == "model"
    assert "lines of nobody" in (tmp_path / "model" / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_half_precision_is_smaller_and_nearly_equal(tiny_checkpoint, tmp_path):
    save_checkpoint(tiny_checkpoint, tmp_path / "full")
    save_checkpoint(tiny_checkpoint, tmp_path / "half", half=True)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("full", "half")]
    assert sizes[1] < 0.7 * sizes[0]
    images = torch.rand(1, 64, 80)
    half = load_checkpoint(tmp_path / "half").network(images).logits
    torch.testing.assert_close(half, tiny_checkpoint.network(images).logits, atol=2e-2, rtol=1e-2)


def test_saving_replaces_the_whole_directory(tiny_checkpoint, tmp_path):
    save_checkpoint(tiny_checkpoint, tmp_path / "model")
    save_checkpoint(tiny_checkpoint, tmp_path / "model")
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_damage_is_named(tiny_checkpoint, tmp_path):
    def saved(name):
        save_checkpoint(tiny_checkpoint, tmp_path / name)
        return tmp_path / name

    truncated = saved("truncated")
    weights = (truncated / "model.safetensors").read_bytes()
    (truncated / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(InputError, match=r"model\.safetensors is damaged"):
        load_checkpoint(truncated)

    wrong_charset = saved("charset")
    Charset("abc").save(wrong_charset / "charset.json")
    with pytest.raises(InputError, match="has 3 characters but its network was trained for 32"):
        load_checkpoint(wrong_charset)

    no_config = saved("config")
    (no_config / "config.json").unlink()
    with pytest.raises(InputError, match="not a checkpoint directory"):
        load_checkpoint(no_config)

    other_shape = saved("shape")
    config = json.loads((other_shape / "config.json").read_text())
    config["recognizer"]["lstm_hidden"] = 13
    (other_shape / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="does not fit its config.json"):
        load_checkpoint(other_shape)

    future = saved("future")
    config["format"] = 99
    (future / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="format 99"):
        load_checkpoint(future)


@pytest.mark.parametrize("source", ["/nowhere/at/all", "./missing", "nobody/nothing-of-that-name"])
def test_a_missing_checkpoint_is_one_sentence(source):
    with pytest.raises(InputError, match="no checkpoint directory|neither a directory"):
        load_checkpoint(source)


@pytest.mark.slow
def test_extending_keeps_old_outputs(tiny_checkpoint):
    images = torch.rand(1, 64, 80)
    old = tiny_checkpoint.network(images)
    charset = tiny_checkpoint.charset.extended(["éß"])
    wider = extend_network(tiny_checkpoint.network, charset).eval()(images)
    assert wider.logits.shape[-1] == old.logits.shape[-1] + 2
    torch.testing.assert_close(wider.logits[..., :-2], old.logits)
    torch.testing.assert_close(wider.shortcut_logits[..., :-2], old.shortcut_logits)
    assert (wider.logits.argmax(-1) == old.logits.argmax(-1)).all()


@pytest.fixture
def saved(tiny_checkpoint, tmp_path):
    save_checkpoint(tiny_checkpoint, tmp_path / "mine")
    return tmp_path / "mine"


BAD_FIELDS = [
    ("lstm_layers", 10**7),
    ("lstm_hidden", 10**9),
    ("stem_kernel", -1),
    ("stem_stride", [4]),
    ("stem_stride", "ab"),
    ("height", "64"),
    ("height", 64.5),
    ("height", True),
    ("dropout", 2),
    ("dropout", "much"),
    ("preprocessing", "magic"),
    ("mobilevit_attend", 3),
    ("stages", []),
    ("stages", None),
    ("stages", [{"blocks": 10**7, "channels": 8}]),
    ("stages", [{"blocks": 1, "channels": 10**12}]),
    ("stages", [{"blocks": 1, "channels": 8, "pool": [2]}]),
    ("stages", [{"blocks": 1, "channels": 8}] * 1000),
    ("preset", ["small"]),
    ("mobilevit_heads", 7),
]


@pytest.mark.slow
@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_every_field_of_a_config_is_checked(field, value, saved):
    config = json.loads((saved / "config.json").read_text())
    config["recognizer"][field] = value
    (saved / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"config\.json does not describe a recogniser"):
        load_checkpoint(saved)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"format": 1, "recognizer": {"height": NaN}}', "NaN is no number"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("[]", "does not describe"),
        ('{"format": 1, "recognizer": []}', "does not describe"),
    ],
)
def test_configs_that_are_none(text, reason, saved):
    (saved / "config.json").write_text(text)
    with pytest.raises(InputError, match=reason):
        load_checkpoint(saved)


@pytest.mark.parametrize(
    ("field", "value"), [("temperature", "warm"), ("temperature", 0), ("temperature", True), ("info", [1])]
)
def test_what_is_beside_the_network_is_checked(field, value, saved):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(config | {field: value}))
    with pytest.raises(InputError, match=field):
        load_checkpoint(saved)


def test_a_config_that_asks_for_more_than_the_file_holds_takes_no_memory(saved):
    config = json.loads((saved / "config.json").read_text())
    config["recognizer"] |= {"lstm_hidden": 4096, "lstm_layers": 12}
    (saved / "config.json").write_text(json.dumps(config))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="does not fit its config"):
        load_checkpoint(saved)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB


def test_weights_that_are_no_numbers(saved):
    state = load_file(saved / "model.safetensors")
    state["head.bias"][0] = float("nan")
    save_file(state, saved / "model.safetensors")
    with pytest.raises(InputError, match=r"head\.bias holds values that are no numbers"):
        load_checkpoint(saved)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "charset.json", "README.md"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_only_regular_files_are_read(name, kind, saved):
    (saved / name).unlink()
    if kind == "pipe":
        os.mkfifo(saved / name)
    elif kind == "device":
        (saved / name).symlink_to("/dev/zero")
    else:
        (saved / name).mkdir()
    with pytest.raises(InputError, match="is no regular file|is not a charset file"):
        load_checkpoint(saved)


@pytest.mark.parametrize("text", ['{"characters": "\\ud800"}', '{"characters": 3}', "[" * 100_000, "\xff"])
def test_charsets_that_are_none(text, saved):
    (saved / "charset.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"charset\.json"):
        load_checkpoint(saved)
