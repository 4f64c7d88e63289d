import json
from dataclasses import replace

import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from hwr.cli import main
from hwr.errors import InputError
from hwr.inspection.divergence import Taught, divergence, divergences, load_taught, said_on, written_by
from hwr.inspection.divergence_report import Divergence
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import ConnectorConfig, connector_source
from hwr.language.connector import Connectors, TokenPlaces, build_connector, feature_size
from hwr.paths import DEFAULT_CONNECTOR, DEFAULT_MODEL
from hwr.recognizer.checkpoint import save_checkpoint

TEXT = "in an old abc"
QFORMER, ALIGNED = ConnectorConfig("qformer", "lstm1", queries=5, width=16), ConnectorConfig("aligned", "columns")


@pytest.fixture(scope="module")
def lm(tiny):
    return FrozenLM.load(tiny("gpt2", eos_token="<e>"))


def connectors_of(reader, lm, *configs, objective="surrogate"):
    torch.manual_seed(0)
    modules = {c.tap: build_connector(c, feature_size(reader.network, c.tap), 32).eval() for c in configs}
    return Connectors.of(modules, lm, None, {"objective": objective})


@pytest.fixture
def connectors(reader, lm):
    return connectors_of(reader, lm, ALIGNED, QFORMER)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["surrogate", "prefix"])
@pytest.mark.parametrize("config", [QFORMER, ALIGNED], ids=["qformer", "aligned"])
def test_every_number_follows_from_the_full_logits(reader, reading, lm, config, objective):
    """The model is asked anew, by its own forward pass, with the connector's embeddings in place of the text."""
    connectors = connectors_of(reader, lm, config, objective=objective)
    found = divergence(reader, connectors, lm, reading, TEXT, top_k=4)
    (ids,) = lm.token_ids([TEXT])
    n = len(ids)
    with torch.no_grad():
        pixels = torch.from_numpy(reading.pixels)[None]
        features = reader.network(pixels, taps=(config.tap,)).taps[config.tap]
        first = torch.tensor([[t.first_frame for t in found.spoken if t.token is not None]])
        last = torch.tensor([[t.last_frame for t in found.spoken if t.token is not None]])
        places = TokenPlaces(torch.tensor([n]), first, last + 1)
        embeddings, size = connectors.modules[config.tap](features, torch.tensor([features.shape[1]]), places)
        table = lm.model.get_input_embeddings()
        if objective == "surrogate":
            targets = [*ids[1:], lm.end_id][: int(size)]
            p = lm.model(inputs_embeds=embeddings).logits[0, : len(targets)]
            q = lm.model(torch.tensor([ids])).logits[0, : len(targets)]
        else:
            targets = ids
            p = lm.model(inputs_embeds=torch.cat([embeddings, table(torch.tensor([ids]))], 1)).logits[
                0, int(size) - 1 : -1
            ]
            q = lm.model(torch.tensor([[*lm.start_ids, *ids]])).logits[0, :-1]
    log_q, log_p = q.log_softmax(-1), p.log_softmax(-1)
    kl = F.kl_div(log_p, log_q, reduction="none", log_target=True).sum(-1)
    assert [t.kl for t in found.tokens] == pytest.approx(kl.tolist(), rel=1e-3, abs=1e-5)
    assert found.mean_kl == pytest.approx(kl.mean().item(), rel=1e-3)
    assert found.cut == n - len(targets)
    for row, (token, target) in enumerate(zip(found.tokens, targets, strict=True)):
        assert token.target_reference == pytest.approx(log_q[row, target].exp().item(), rel=1e-3)
        assert token.target_connector == pytest.approx(log_p[row, target].exp().item(), rel=1e-3)
        assert token.target == lm.token_texts([target])[0]
        assert [c.value for c in token.reference] == pytest.approx(log_q[row].exp().topk(4).values.tolist(), rel=1e-3)
        assert token.connector[0].token == lm.token_texts([int(log_p[row].argmax())])[0]
        terms = log_q[row].exp() * (log_q[row] - log_p[row])
        largest = terms.abs().topk(4).indices
        for name, values in (("term", terms), ("reference", log_q[row].exp()), ("connector", log_p[row].exp())):
            listed = [getattr(c, name) for c in token.contributors]
            assert listed == pytest.approx(values[largest].tolist(), rel=1e-3, abs=1e-6)
        assert [c.token for c in token.contributors] == lm.token_texts(largest.tolist())
    # With `surrogate` position t stands on token t and predicts t + 1; with `prefix` it stands on what it predicts.
    starts = lm.token_texts(ids)
    assert [t.token for t in found.tokens] == starts[: len(targets)]
    if objective == "prefix":
        assert [t.target for t in found.tokens] == starts


def test_what_is_written_is_read_back(reader, reading, lm, connectors):
    for found in divergences(reader, connectors, lm, reading, TEXT):
        written = json.loads(json.dumps(found.to_dict()))
        back = Divergence.from_dict(written)
        assert back.to_dict() == written
        assert (back.text, back.cut, back.spoken) == (found.text, found.cut, found.spoken)
        assert [t.kl for t in back.tokens] == pytest.approx([t.kl for t in found.tokens], abs=1e-5)


def test_a_term_that_speaks_for_the_connector_is_below_zero(reader, reading, lm, connectors):
    """Terms carry their sign: where the connector expects a token more than the reference does, it lowers the KL."""
    terms = [c for t in divergence(reader, connectors, lm, reading, TEXT, top_k=50).tokens for c in t.contributors]
    assert all((c.term < 0) == (c.connector > c.reference) for c in terms)
    assert {c.term < 0 for c in terms} == {True, False}
    everything = divergence(reader, connectors, lm, reading, TEXT, top_k=50).tokens[0].contributors
    assert [abs(c.term) for c in everything] == sorted((abs(c.term) for c in everything), reverse=True)


def test_tokens_lie_on_the_ink_of_their_characters(reader, reading, lm, connectors):
    found = divergence(reader, connectors, lm, reading, TEXT)
    assert "".join(t.token for t in found.tokens) == TEXT
    aligned, at = reader.align(reading, TEXT), 0
    for token in found.tokens:
        characters = aligned.characters[at : at + len(token.token)]
        assert (token.x0, token.x1) == (characters[0].x0, characters[-1].x1)
        at += len(token.token)


def test_three_readings_token_by_token(reader, reading, lm, connectors):
    found = divergence(reader, connectors, lm, reading, TEXT)
    assert found.ctc == reading.text == "".join(s.ctc for s in found.spoken)
    assert found.spoken[0].connector is found.spoken[0].reference is None  # nothing predicts the first token
    assert [s.connector for s in found.spoken[1:]] == [t.connector[0].token for t in found.tokens]
    assert [s.reference for s in found.spoken[1:]] == [t.reference[0].token for t in found.tokens]
    assert found.spoken[-1].token is None
    assert found.connector == "".join(t.connector[0].token for t in found.tokens if t.connector[0].token != "<e>")
    cut = divergence(reader, connectors, lm, reading, TEXT, tap="lstm1")
    assert cut.cut == len(found.tokens) - 5 > 0
    assert len(cut.spoken) == len(found.tokens)
    assert cut.spoken[6].connector is None


def test_tokens_write_the_text(reader, reading, lm, connectors):
    found = divergence(reader, connectors, lm, reading, TEXT)
    assert [s.written for s in found.spoken[:-1]] == [t.token for t in found.tokens]
    assert found.spoken[-1].written == ""
    (ids,) = lm.token_ids(["the c\u00e9"])
    written = written_by(lm.token_spans("the c\u00e9"), "the c\u00e9")
    assert (len(written), "".join(written)) == (len(ids), "the c\u00e9")
    assert written[-2:] == ["", "\u00e9"]  # two bytes


def test_characters_between_two_tokens_are_shared_out():
    assert said_on([("a", 0), ("b", 2.4), ("c", 2.6), ("d", 9)], [(0, 2), (4, 6)]) == ["ab", "cd"]
    assert said_on([("\u00e9", 1)], [(0, 2), (0, 2)]) == ["", "\u00e9"]
    assert said_on([], [(0, 1)]) == [""]


def test_the_reading_stands_in_for_a_text(reader, reading, lm, connectors):
    found = divergence(reader, connectors, lm, reading)
    assert (found.text_from, found.text) == ("reading", " ".join(reading.text.split()))
    assert divergence(reader, connectors, lm, reading, TEXT).text_from == "given"


def test_all_connectors_at_once_are_each_alone(reader, reading, lm, connectors):
    both = divergences(reader, connectors, lm, reading, TEXT)
    assert [(d.kind, d.tap) for d in both] == [("aligned", "columns"), ("qformer", "lstm1")]
    assert both == [divergence(reader, connectors, lm, reading, TEXT, tap=d.tap) for d in both]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"text": "  "}, "There is no text to compare with"),
        ({"text": "ab\u4e2d"}, "charset does not have '\u4e2d'"),
        ({"text": "a" * 60}, "too long for this line"),
        ({"text": "ab" * 40}, "has 80 tokens but|too long for this line"),
        ({"text": TEXT, "tap": "mobilevit1"}, "no connector at 'mobilevit1'; its connectors are at columns, lstm1"),
        ({"text": TEXT, "top_k": 0}, "top_k must be a whole number from 1 to 50, not 0"),
        ({"text": TEXT, "top_k": 51}, "not 51"),
    ],
)
def test_what_cannot_be_compared_is_said(reader, reading, lm, connectors, options, sentence):
    with pytest.raises(InputError, match=sentence):
        divergence(reader, connectors, lm, reading, **options)


def test_an_empty_reading_asks_for_a_text(reader, reading, lm, connectors):
    with pytest.raises(InputError, match="Nothing was read on this line"):
        divergence(reader, connectors, lm, replace(reading, text=""))


def test_a_model_that_cannot_spell_the_text(reader, reading, tiny):
    narrow = FrozenLM.load(tiny("gpt2", spell_all=False, eos_token="<e>"))
    with pytest.raises(InputError, match="cannot spell 'i'|cannot spell 'b'"):
        divergence(reader, connectors_of(reader, narrow, ALIGNED), narrow, reading, "zb")


def test_connectors_of_another_model_are_refused(reader, reading, lm, connectors, tiny):
    other = FrozenLM.load(tiny("gpt2", eos_token="<end>"))
    with pytest.raises(InputError, match="trained for the tokenizer of"):
        divergence(reader, connectors, other, reading, TEXT)
    connectors.modules["columns"].hidden_size = 64
    with pytest.raises(InputError, match="hidden size 64"):
        divergence(reader, connectors, lm, reading, TEXT)


# --- the command


@pytest.fixture
def model(reader, connectors, tmp_path):
    save_checkpoint(reader.checkpoint, tmp_path / "taught", beside=connectors.save)
    return tmp_path / "taught"


@pytest.fixture
def image(drawn_line, tmp_path):
    path = tmp_path / "line.png"
    Image.fromarray(drawn_line(TEXT)).save(path)
    return str(path)


@pytest.mark.slow
def test_the_command_says_what_the_function_says(model, image, capsys):
    assert main(["divergence", image, "--text", TEXT, "--model", str(model), "--tap", "columns", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    taught = load_taught(model)
    line = taught.reader.read(image).lines[0]
    found = divergence(taught.reader, taught.connectors, taught.language_model(), line, TEXT, tap="columns")
    assert printed == json.loads(json.dumps(found.to_dict()))
    assert {"token", "kl", "x0", "x1", "reference", "connector"} <= set(printed["tokens"][0])
    assert all(len(pair) == 2 and 0 <= pair[1] <= 1 for t in printed["tokens"] for pair in t["reference"])
    kls = [t["kl"] for t in printed["tokens"]]
    assert printed["mean_kl"] == pytest.approx(sum(kls) / len(kls), abs=1e-4)
    assert main(["divergence", image, "--model", str(model)]) == 0
    out = capsys.readouterr().out
    assert "the model's own reading; --text gives another" in out
    assert "KL(reference || connector), nats: mean" in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--text", ""], "There is no text to compare with"),
        (["--tap", "lstm9"], "no connector at 'lstm9'"),
        (["--lm", "/nowhere/lm"], "There is no language model directory at '/nowhere/lm'"),
        (["--line", "3"], "no line 3"),
        (["--model", "/nowhere/model"], "There is no checkpoint directory at /nowhere/model"),
    ],
)
def test_bad_input_is_one_line(model, image, capsys, arguments, sentence):
    given = arguments if "--model" in arguments else [*arguments, "--model", str(model)]
    assert main(["divergence", image, *given]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1


def test_a_checkpoint_without_connectors_says_so(reader, image, tmp_path, capsys):
    save_checkpoint(reader.checkpoint, tmp_path / "plain")
    assert main(["divergence", image, "--model", str(tmp_path / "plain")]) == 2
    assert "has no connectors (no connectors.json); train with connectors" in capsys.readouterr().err


def test_which_checkpoint_is_asked(monkeypatch, model):
    monkeypatch.delenv("HWR_MODEL", raising=False)
    assert connector_source() in (DEFAULT_CONNECTOR, DEFAULT_MODEL)
    monkeypatch.setenv("HWR_MODEL", str(model))
    assert connector_source() == str(model)
    assert connector_source("other") == "other"
    assert isinstance(load_taught(), Taught)


def test_tokens_are_written_as_they_are_spelled(lm):
    (ids,) = lm.token_ids(["the c\u00e9"])
    assert "".join(lm.token_texts(ids)[:-2]) == "the c"
    assert lm.token_texts(ids)[-2:] == ["<0xC3>", "<0xA9>"]
    assert all("\ufffd" not in text for text in lm.token_texts(ids))
    assert lm.token_texts([]) == []
