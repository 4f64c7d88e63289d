from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from hwr.errors import InputError
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import KINDS, ConnectorConfig
from hwr.language.connector import TokenPlaces, build_connector
from hwr.language.objective import (
    Teacher,
    connector_logits,
    embed,
    line_features,
    token_losses,
    tokenize_lines,
)
from hwr.reader import prepare


class Parrot(nn.Module):
    """A language model whose logits at a position are the embedding that it reads there; tokens are one-hot times 2."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(2 * torch.eye(vocabulary))
        self.config = SimpleNamespace(hidden_size=vocabulary)
        self.device = torch.device("cpu")

    @property
    def base_model(self):
        return lambda inputs_embeds, use_cache: SimpleNamespace(last_hidden_state=inputs_embeds)

    def get_output_embeddings(self):
        return nn.Identity()

    def get_input_embeddings(self):
        return self.embedding

    def forward(self, ids):
        return SimpleNamespace(logits=self.embedding(ids))


def parrot(objective: str) -> Teacher:
    lm = SimpleNamespace(
        name="parrot", model=Parrot(4), start_ids=[3], end_id=3, longest=50, device=torch.device("cpu")
    )
    return Teacher(lm, objective)  # pyright: ignore[reportArgumentType]


@pytest.fixture(scope="module")
def lm(tiny):
    return FrozenLM.load(tiny("gpt2", eos_token="<e>"))


def test_surrogate_off_by_one_by_hand():
    """y = (0, 1, 2): E_1 predicts y_2 = 1, E_2 predicts y_3 = 2, E_3 predicts the end = 3, E_4 is past n."""
    e = torch.randn(1, 4, 4)
    teacher = parrot("surrogate")
    ours = teacher.predict(e, torch.tensor([4]), [[0, 1, 2]])
    assert ours.targets.tolist() == [1, 2, 3]
    assert ours.tokens.tolist() == [1, 2, 3]
    assert ours.cut == 0
    nll, _ = teacher.losses(ours)
    p = e[0].log_softmax(-1)
    torch.testing.assert_close(nll, -torch.stack([p[0, 1], p[1, 2], p[2, 3]]))
    assert ours.mean_by_line(nll, 1).item() == pytest.approx(-(p[0, 1] + p[1, 2] + p[2, 3]) / 3)
    # the reference reads y itself: at position t the parrot repeats y_t
    reference = teacher.reference([[0, 1, 2]])
    assert reference.hidden.argmax(1).tolist() == [0, 1, 2]
    assert reference.targets.tolist() == [1, 2, 3]


def test_surrogate_with_fewer_positions_than_tokens_counts_what_is_cut():
    teacher = parrot("surrogate")
    ours = teacher.predict(torch.randn(2, 3, 4), torch.tensor([2, 3]), [[0, 1, 2, 1, 0], [2, 2]])
    assert ours.cut == 3
    assert ours.lines.tolist() == [0, 0, 1, 1]
    assert ours.targets.tolist() == [1, 2, 2, 3]
    reference = teacher.reference([[0, 1, 2, 1, 0], [2, 2]])
    _, kl = teacher.losses(ours, reference)  # the reference's rows of the tokens that are left
    q, log_p = reference.hidden[[0, 1, 5, 6]].softmax(-1), ours.hidden.log_softmax(-1)
    torch.testing.assert_close(kl, (q * (q.log() - log_p)).sum(-1))


def test_prefix_off_by_one_by_hand():
    """E has two positions, y = (0, 1, 2): E_2 predicts y_1, y_1 predicts y_2, y_2 predicts y_3; y_3 predicts nothing."""
    e = torch.randn(1, 3, 4)
    teacher = parrot("prefix")
    ours = teacher.predict(e, torch.tensor([2]), [[0, 1, 2]])
    assert ours.targets.tolist() == [0, 1, 2]
    assert ours.tokens.tolist() == [0, 1, 2]
    torch.testing.assert_close(ours.hidden[0], e[0, 1])
    assert ours.hidden[1:].argmax(1).tolist() == [0, 1]
    reference = teacher.reference([[0, 1, 2]])
    assert reference.hidden.argmax(1).tolist() == [3, 0, 1]  # start, y_1, y_2
    assert reference.targets.tolist() == [0, 1, 2]


@pytest.mark.parametrize("objective", ["surrogate", "prefix"])
def test_a_real_model_read_line_by_line_agrees(lm, objective):
    teacher = Teacher(lm, objective)
    ids = lm.token_ids(["the cat sat on the mat", "a cat"])
    e = [torch.randn(n, 32) for n in (17, 9)]
    padded = nn.utils.rnn.pad_sequence(e, batch_first=True)
    ours = teacher.predict(padded, torch.tensor([17, 9]), ids)
    nll, _ = teacher.losses(ours)
    expected, references = [], []
    table = lm.model.get_input_embeddings()
    for x, y in zip(e, ids, strict=True):
        tokens = torch.tensor(y)
        if objective == "surrogate":
            log_probs = lm.model(inputs_embeds=x[None]).logits[0, : len(y)].log_softmax(-1)
            expected.append(-log_probs[range(len(y)), [*y[1:], lm.end_id]])
            references.append(-lm.model(tokens[None]).logits[0].log_softmax(-1)[range(len(y)), [*y[1:], lm.end_id]])
        else:
            log_probs = lm.model(inputs_embeds=torch.cat([x, table(tokens)])[None]).logits[0].log_softmax(-1)
            expected.append(-log_probs[range(len(x) - 1, len(x) - 1 + len(y)), y])
            references.append(None)
    torch.testing.assert_close(nll, torch.cat(expected), atol=1e-4, rtol=1e-4)
    reference, _ = teacher.losses(teacher.reference(ids))
    if objective == "surrogate":
        torch.testing.assert_close(reference, torch.cat(references), atol=1e-4, rtol=1e-4)
    else:
        sums = teacher.reference(ids).mean_by_line(reference, 2) * torch.tensor([len(y) for y in ids])
        torch.testing.assert_close(-sums, torch.tensor(lm.score_ids(ids)), atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("chunk_logits", [1, 40, 10**6])
def test_losses_and_gradients_equal_those_of_full_logits(chunk_logits):
    torch.manual_seed(1)
    head = nn.Linear(6, 13).requires_grad_(False)
    hidden, reference = torch.randn(7, 6, requires_grad=True), torch.randn(7, 6)
    targets, weights = torch.randint(13, (7,)), torch.rand(2, 7)
    nll, kl = token_losses(hidden, targets, reference, head, chunk_logits)
    (weights[0] @ nll + weights[1] @ kl).backward()
    plain = hidden.detach().requires_grad_()
    logits = head(plain)
    full_nll = F.cross_entropy(logits, targets, reduction="none")
    q = head(reference).softmax(-1)
    full_kl = F.kl_div(logits.log_softmax(-1), q, reduction="none").sum(-1)
    (weights[0] @ full_nll + weights[1] @ full_kl).backward()
    torch.testing.assert_close(nll, full_nll, atol=1e-5, rtol=0)
    torch.testing.assert_close(kl, full_kl, atol=1e-5, rtol=0)
    torch.testing.assert_close(hidden.grad, plain.grad, atol=1e-5, rtol=0)
    assert (kl > 0).all()
    assert token_losses(reference, targets, reference, head)[1].abs().max() < 1e-6


def test_the_gradient_reaches_the_features_and_not_the_model(lm):
    teacher = Teacher(lm)
    torch.manual_seed(0)
    features = torch.randn(1, 20, 6, requires_grad=True)
    connector = build_connector(ConnectorConfig("linear_ln"), 6, 32)
    ids = lm.token_ids(["the cat sat"])
    embeddings, lengths = connector(features, torch.tensor([20]))
    nll, kl = teacher.losses(teacher.predict(embeddings, lengths, ids), teacher.reference(ids))
    (nll.mean() + kl.mean()).backward()
    assert features.grad is not None
    assert features.grad[:, : len(ids[0])].abs().sum(-1).gt(0).all()
    assert not features.grad[:, len(ids[0]) :].any()  # positions past n are ignored
    assert all(p.grad is not None for p in connector.parameters())
    assert all(p.grad is None for p in lm.model.parameters())


def test_references_are_kept_and_the_oldest_forgotten(lm, monkeypatch):
    texts = lm.token_ids(["the cat", "a hat", "on the mat"])
    teacher = Teacher(lm, cache_numbers=32 * (len(texts[0]) + len(texts[1])))
    first = teacher.reference(texts[:2])
    monkeypatch.setattr(teacher, "_read", lambda inputs: pytest.fail("read again"))
    again = teacher.reference([texts[1], texts[0]])
    assert torch.equal(again.hidden[: len(texts[1])], first.hidden[len(texts[0]) :])
    monkeypatch.undo()
    teacher.reference(texts[2:])
    assert tuple(texts[2]) in teacher._cache
    assert sum(x.numel() for x in teacher._cache.values()) == teacher._cached <= teacher._cache_numbers


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_leaks_into_the_embeddings(kind, lm, tiny_checkpoint, drawn_line):
    """Another text with as many tokens (for `aligned`: on the same frames) leaves the embeddings as they are."""
    network, charset = tiny_checkpoint.network, tiny_checkpoint.charset
    pixels = prepare(drawn_line("abc cab"), network.config).pixels
    seen = line_features(network, [pixels], ["lstm1"])
    torch.manual_seed(0)
    connector = build_connector(ConnectorConfig(kind, queries=4, width=16), 24, 32).eval()
    made = []
    # The same characters in another order would lie elsewhere, so the frames are made not to know which is which.
    uniform = torch.zeros_like(seen.log_probs).log_softmax(-1)
    for text in ("bca", "zyx"):
        lines = tokenize_lines(lm, [text], charset, uniform, seen.lengths, kind == "aligned")
        assert len(lines.ids[0]) == 3
        made.append(embed(connector, seen.taps["lstm1"], uniform.shape[1], seen.lengths, lines.places)[0])
    assert torch.equal(*made)


@pytest.mark.parametrize("kind", ["qformer", "aligned", "linear"])
def test_the_logits_of_one_line(kind, lm, tiny_checkpoint, drawn_line):
    network, charset = tiny_checkpoint.network, tiny_checkpoint.charset
    pixels = prepare(drawn_line("cab abc"), network.config).pixels
    torch.manual_seed(0)
    connector = build_connector(ConnectorConfig(kind, queries=3, width=16), 24, 32).eval()
    got = connector_logits(network, charset, connector, Teacher(lm), pixels, "  cab  abc ")
    n = len(got.token_ids)
    rows = 3 if kind == "qformer" else n
    assert got.text == "cab abc"
    assert "".join(got.text[a:b] for a, b in got.spans) == got.text
    assert got.predicted == list(range(1, n + 1))[:rows]
    assert got.cut == n - rows
    assert got.reference.shape == got.connector.shape == (rows, 320)
    q, p = got.reference.softmax(-1), got.connector.softmax(-1)
    torch.testing.assert_close(got.kl, (q * (q / p).log()).sum(-1), atol=1e-4, rtol=1e-4)
    exact = lm.model(torch.tensor([got.token_ids])).logits[0, :rows]
    torch.testing.assert_close(got.reference, exact, atol=1e-4, rtol=1e-4)
    with pytest.raises(InputError, match="no text"):
        connector_logits(network, charset, connector, Teacher(lm), pixels, " ")


def test_a_finer_tap_is_read_at_its_own_frames(lm):
    """At a map with two frames for each of the output's, lengths and alignment are doubled."""
    features = torch.arange(8.0)[None, :, None]
    connector = build_connector(ConnectorConfig("linear"), 1, 32)
    assert embed(connector, features, 4, torch.tensor([3]), TokenPlaces(torch.tensor([2])))[1].tolist() == [6]


def test_models_that_cannot_teach_say_why(tiny, lm):
    with pytest.raises(InputError, match="no eos token"):
        Teacher(FrozenLM.load(tiny("gpt2", bos_token="<s>")))
    with pytest.raises(InputError, match="no objective 'both'"):
        Teacher(lm, "both")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="reads at most 64 positions at once and was given 69"):
        Teacher(lm, "prefix").predict(torch.randn(1, 62, 32), torch.tensor([62]), [[5] * 8])
    scaled = FrozenLM.load(tiny("gpt2", eos_token="<e>"))
    forward = scaled.model.forward
    scaled.model.forward = lambda *a, **k: SimpleNamespace(logits=2 * forward(*a, **k).logits)
    with pytest.raises(InputError, match="changes its logits"):
        Teacher(scaled)
