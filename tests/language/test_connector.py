import json
import shutil
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hwr.decoding.alignment import LabelAlignment
from hwr.errors import InputError
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import KINDS, ConnectorConfig
from hwr.language.connector import (
    Connectors,
    build_connector,
    copy_connectors,
    feature_size,
    load_connectors,
)
from hwr.language.places import TokenPlaces, mean_over, resized, token_places
from hwr.reader import Reader
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.recognizer.config import preset
from hwr.recognizer.network import Recognizer

SPECIAL = {"eos_token": "<e>"}
FIRST, END = torch.tensor([[0, 2, 4], [1, 2, 0]]), torch.tensor([[2, 3, 6], [2, 4, 1]])
PLACES = TokenPlaces(torch.tensor([3, 2]), FIRST, END)


@pytest.fixture(scope="module")
def lm(tiny):
    return FrozenLM.load(tiny("gpt2", **SPECIAL))


def connector(kind: str, **changes):
    torch.manual_seed(0)
    return build_connector(ConnectorConfig(kind, **{"queries": 5, "width": 16, **changes}), 6, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_n_and_gives_zeros_past_it(kind):
    features, lengths = torch.randn(2, 7, 6), torch.tensor([7, 4])
    embeddings, counts = connector(kind)(features, lengths, PLACES)
    expected = {"downsample": [3, 2], "aligned": [3, 2], "qformer": [5, 5]}.get(kind, [7, 4])
    assert counts.tolist() == expected
    assert embeddings.shape == (2, max(expected), 8)
    assert all(not row[n:].any() and row[:n].any(1).all() for row, n in zip(embeddings, expected, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_does_not_depend_on_its_batch(kind):
    features, lengths = torch.randn(2, 7, 6), torch.tensor([7, 4])
    module = connector(kind)
    together, counts = module(features, lengths, PLACES)
    alone = TokenPlaces(PLACES.counts[1:], FIRST[1:, :2], END[1:, :2])
    single, _ = module(features[1:, :4], lengths[1:], alone)
    torch.testing.assert_close(together[1, : counts[1]], single[0])


@pytest.mark.parametrize("kind", KINDS)
def test_embeddings_start_as_large_as_the_models_own(kind):
    features, lengths = 30 * torch.randn(2, 7, 6) + 5, torch.tensor([7, 4])
    module = connector(kind)
    module.match_scale(0.14, features, lengths, PLACES)
    embeddings, counts = module(features, lengths, PLACES)
    real = torch.cat([row[:n] for row, n in zip(embeddings, counts, strict=True)])
    assert real.std().item() == pytest.approx(0.14, rel=1e-4)


def test_the_linear_kinds_are_what_they_say():
    features, lengths = torch.randn(1, 4, 6), torch.tensor([4])
    for kind, steps in (("linear", 1), ("linear_ln", 2), ("linear_gelu_ln", 3)):
        module = connector(kind)
        expected = features
        if steps > 1:
            mean, variance = features.mean(-1, keepdim=True), features.var(-1, unbiased=False, keepdim=True)
            expected = (features - mean) / (variance + 1e-5).sqrt()
        state = module.state_dict()
        weight = next(v for v in state.values() if v.ndim == 2)
        expected = expected @ weight.T + state[f"layers.{min(steps, 2) - 1}.bias"]
        if steps == 3:
            expected = 0.5 * expected * (1 + torch.erf(expected / 2**0.5))
        torch.testing.assert_close(module(features, lengths)[0], expected, atol=1e-5, rtol=1e-5)


@given(st.integers(1, 9), st.integers(1, 12))
def test_resizing_covers_every_frame_and_equals_adaptive_pooling(length, count):
    features = torch.randn(1, 9, 3)
    got = resized(features, torch.tensor([length]), torch.tensor([count]))
    pooled = torch.nn.functional.adaptive_avg_pool1d(features[:, :length].transpose(1, 2), count).transpose(1, 2)
    torch.testing.assert_close(got, pooled)


def test_spans_are_averaged_by_hand():
    features = torch.tensor([[[1.0], [3.0], [8.0], [100.0]]])
    got = mean_over(features, torch.tensor([[0, 1, 2]]), torch.tensor([[2, 3, 3]]))
    assert got.flatten().tolist() == [2.0, 5.5, 8.0]


def test_a_qformer_tells_where_along_the_line_it_looks():
    module, lengths = connector("qformer"), torch.tensor([7])
    features = torch.randn(1, 7, 6)
    with torch.no_grad():
        forward, backward = module(features, lengths)[0], module(features.flip(1), lengths)[0]
    assert (forward - backward).abs().max() > 1e-3


def spans(places: TokenPlaces) -> tuple[list[list[int]], list[list[int]]]:
    """First frames and ends of the tokens, line by line."""
    assert places.first is not None
    assert places.end is not None
    return places.first.tolist(), places.end.tolist()


def test_tokens_lie_on_the_frames_of_their_characters():
    charset = Charset(" abc")
    # "ab c": a on frames 1-2, b on 4, the space on 6, c on 8-9; 0, 3, 5 and 7 are blank
    alignment = LabelAlignment([2, 3, 1, 4], [1, 4, 6, 8], [2, 4, 6, 9], [0.0] * 4, 0.0)
    places = token_places([[(0, 2), (2, 4)]], ["ab c"], charset, [alignment])
    assert places.counts.tolist() == [2]
    # The space belongs to the second token; the blank in "ab" belongs to it, frame 5 to nobody.
    assert spans(places) == ([[1, 6]], [[5, 10]])
    assert spans(places.at(2)) == ([[2, 12]], [[10, 20]])


def test_a_token_outside_the_charset_lies_after_the_character_before_it():
    alignment = LabelAlignment([1, 2], [1, 5], [2, 6], [0.0] * 2, 0.0)
    places = token_places([[(0, 1), (1, 2), (2, 3)]], ["a?b"], Charset("ab"), [alignment])
    assert spans(places) == ([[1, 3, 5]], [[3, 4, 7]])


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12))
def test_spans_of_tokens_cover_the_text(lm, text):
    spans = lm.token_spans(text)
    assert len(spans) == len(lm.token_ids([text])[0])
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    covered = {i for start, end in spans for i in range(start, end)}
    assert covered == set(range(len(text)))


def test_words_keep_the_space_before_them(lm):
    text = "the cat sat"
    spans = lm.token_spans(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert [text[a:b] for a, b in spans if text[a:b].startswith(" ")], "no token with a space in front"


# --- files


@pytest.fixture
def saved(tiny_checkpoint, lm, tmp_path):
    """A checkpoint directory with two connectors, and the connectors."""
    network = tiny_checkpoint.network
    modules = {
        tap: build_connector(ConnectorConfig(kind, tap, queries=4, width=16), feature_size(network, tap), 32).eval()
        for kind, tap in (("qformer", "lstm1"), ("linear_ln", "columns"))
    }
    connectors = Connectors.of(modules, lm, None, {"objective": "surrogate", "steps": 3})
    save_checkpoint(tiny_checkpoint, tmp_path / "model", beside=connectors.save)
    return tmp_path / "model", connectors


def test_files_come_back_equal(saved, tiny_checkpoint, lm, tmp_path):
    directory, connectors = saved
    loaded = load_connectors(directory, tiny_checkpoint.network, lm)
    assert list(loaded.modules) == ["lstm1", "columns"]
    assert (loaded.lm_identity, loaded.training) == (lm.identity, connectors.training)
    features, lengths = torch.randn(1, 9, 24), torch.tensor([9])
    torch.testing.assert_close(
        loaded.modules["lstm1"](features, lengths)[0], connectors.modules["lstm1"](features, lengths)[0]
    )
    (tmp_path / "copy").mkdir()
    copy_connectors(directory, tmp_path / "copy")
    assert json.loads((tmp_path / "copy" / "connectors.json").read_text())["connectors"][0]["kind"] == "qformer"


def test_reading_does_without_the_connectors_files(saved, drawn_line):
    directory, _ = saved
    line = drawn_line("abc")
    before = Reader.from_pretrained(directory).read_lines([line])[0]
    (directory / "connectors.json").unlink()
    shutil.rmtree(directory / "connectors")
    after = Reader.from_pretrained(directory).read_lines([line])[0]
    assert before is not None
    assert after is not None
    assert (before.log_probs == after.log_probs).all()


@pytest.mark.slow
def test_reading_loads_no_connector_and_no_language_model(saved, drawn_line, tmp_path):
    """In a fresh process, where nothing else can have loaded them."""
    directory, _ = saved
    Image.fromarray(drawn_line("abc")).save(tmp_path / "line.png")
    code = (
        "import sys\nfrom hwr.reader import Reader\n"
        f"Reader.from_pretrained({str(directory)!r}).read({str(tmp_path / 'line.png')!r}, lines='single')\n"
        "print(sorted({'hwr.language.connector', 'hwr.language.causal_lm', 'transformers'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300)
    assert run.stdout.strip() == "[]"


def test_another_language_model_is_refused(saved, tiny, tiny_checkpoint):
    directory, _ = saved
    other_words = FrozenLM.load(tiny("gpt2", eos_token="<other>"))
    with pytest.raises(InputError, match="tokenizer of .* and .* has another"):
        load_connectors(directory, tiny_checkpoint.network, other_words)
    index = json.loads((directory / "connectors.json").read_text())
    index["connectors"] = [
        {**index["connectors"][1], "hidden_size": 48},
    ]
    (directory / "connectors.json").write_text(json.dumps(index))
    module = build_connector(ConnectorConfig("linear_ln", "columns"), 16, 48)
    Connectors({"columns": module}, "big", None, "big/1/0", "0").save(directory)
    with pytest.raises(InputError, match="trained for big .hidden size 48.*has hidden size 32"):
        load_connectors(directory, tiny_checkpoint.network, FrozenLM.load(tiny("gpt2", **SPECIAL)))


def test_files_that_do_not_fit_say_why(saved, tiny_checkpoint, tiny_config, lm, tmp_path):
    directory, _ = saved
    network = tiny_checkpoint.network
    with pytest.raises(InputError, match="has no tap 'mobilevit1' for a connector; it has columns"):
        feature_size(network, "mobilevit1")
    wider = Recognizer(tiny_config.replace(lstm_hidden=20), network.classes)
    with pytest.raises(InputError, match="reads 24 features, but the recogniser has 40 there"):
        load_connectors(directory, wider, lm)
    (directory / "connectors" / "lstm1.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="lstm1.safetensors is damaged"):
        load_connectors(directory, network, lm)
    (directory / "connectors" / "lstm1.safetensors").unlink()
    with pytest.raises(InputError, match="lstm1.safetensors is missing"):
        load_connectors(directory, network, lm)
    (directory / "connectors.json").write_text("[]")
    with pytest.raises(InputError, match="not a list of connectors"):
        load_connectors(directory, network, lm)
    save_checkpoint(tiny_checkpoint, tmp_path / "plain")
    with pytest.raises(InputError, match="has no connectors"):
        load_connectors(tmp_path / "plain", network, lm)
    assert load_checkpoint(directory).charset == tiny_checkpoint.charset


@pytest.mark.slow
def test_taps_of_a_finer_map_are_known():
    network = Recognizer(preset("mobilevit"), 5)
    assert [feature_size(network, tap) for tap in network.tap_names] == [64, 128, 256, 512, 512, 512, 5]


def test_configurations_that_cannot_be_built_say_why():
    with pytest.raises(InputError, match="kind must be one of linear, .*, not 'conv'"):
        ConnectorConfig("conv")
    with pytest.raises(InputError, match="weight must be a number above 0, not 0"):
        ConnectorConfig("linear", weight=0)
    with pytest.raises(InputError, match="a multiple of its heads; got 30 and 4"):
        ConnectorConfig("qformer", width=30, heads=4)
    assert ConnectorConfig.parse("aligned") == ConnectorConfig("aligned", "lstm1", 1.0)
    for text in ("aligned:", "aligned:lstm1:much", "aligned:lstm1:1:2"):
        with pytest.raises(InputError, match="write KIND:TAP:WEIGHT"):
            ConnectorConfig.parse(text)
