"""Best paths against hand-checked inputs and a plain loop."""

from itertools import groupby

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hwr.decoding.alignment import align
from hwr.decoding.greedy import GreedyPath, greedy_decode


def random_log_probs(seed: int, batch: int, frames: int, classes: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, frames, classes, generator=generator).mul(2).log_softmax(-1)


def from_classes(*rows: list[int], classes: int = 4, peak: float = 0.7) -> torch.Tensor:
    """Log-probs whose likeliest class in each frame is the one given."""
    one_hot = torch.nn.functional.one_hot(torch.tensor(rows), classes).double()
    return (one_hot * peak + (1 - one_hot) * (1 - peak) / (classes - 1)).log()


def test_three_frames_by_hand():
    probs = torch.tensor([[[0.2, 0.8, 0.0], [0.5, 0.5 - 1e-3, 1e-3], [0.1, 0.3, 0.6]]], dtype=torch.double)
    (path,) = greedy_decode(probs.log(), torch.tensor([3]))
    assert (path.labels, path.first_frames, path.last_frames) == ([1, 2], [0, 2], [0, 2])
    assert path.character_log_probs == pytest.approx(probs[0].log()[[0, 2], [1, 2]].tolist())
    assert path.log_prob == pytest.approx(torch.tensor(0.8 * 0.5 * 0.6).log().item())


@pytest.mark.parametrize(
    ("classes", "labels", "first_frames", "last_frames"),
    [
        ([1, 1, 1], [1], [0], [2]),
        ([1, 0, 1], [1, 1], [0, 2], [0, 2]),
        ([1, 2, 2], [1, 2], [0, 1], [0, 2]),
        ([0, 0, 0], [], [], []),
        ([0, 3, 0], [3], [1], [1]),
    ],
)
def test_runs(classes, labels, first_frames, last_frames):
    (path,) = greedy_decode(from_classes(classes), torch.tensor([3]))
    assert (path.labels, path.first_frames, path.last_frames) == (labels, first_frames, last_frames)


def test_a_run_at_the_end_of_a_row_does_not_join_the_next_row():
    first, second = greedy_decode(from_classes([0, 1, 1], [1, 1, 0]), torch.tensor([3, 3]))
    assert (first.labels, first.first_frames, first.last_frames) == ([1], [1], [2])
    assert (second.labels, second.first_frames, second.last_frames) == ([1], [0], [1])


def test_frames_past_the_length_are_not_looked_at():
    log_probs = from_classes([1, 2, 2, 3, 1], [0, 1, 0, 3, 3])
    log_probs[0, 2:] = torch.nan
    first, second = greedy_decode(log_probs, torch.tensor([2, 0]))
    assert (first.labels, first.last_frames) == ([1, 2], [0, 1])
    assert first.log_prob == pytest.approx(2 * log_probs[0, 0].max().item())
    assert second == GreedyPath([], [], [], [], 0.0)


def test_no_lines_no_frames_and_lengths_that_are_too_long():
    assert greedy_decode(torch.zeros(0, 5, 3), torch.zeros(0, dtype=torch.long)) == []
    assert greedy_decode(torch.zeros(1, 0, 3), torch.tensor([0])) == [GreedyPath([], [], [], [], 0.0)]
    with pytest.raises(ValueError, match="lengths go up to 4"):
        greedy_decode(torch.zeros(1, 3, 3), torch.tensor([4]))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 12), min_size=1, max_size=4), st.integers(2, 4))
def test_equals_a_plain_loop_and_the_viterbi_path_of_its_own_text(seed, lengths, classes):
    log_probs = random_log_probs(seed, len(lengths), 12, classes)
    paths = greedy_decode(log_probs, torch.tensor(lengths))
    for row, (path, length) in enumerate(zip(paths, lengths, strict=True)):
        best = log_probs[row, :length].double().max(-1)
        runs = [
            (label, [t for t, _ in run]) for label, run in groupby(enumerate(best.indices.tolist()), lambda p: p[1])
        ]
        runs = [(label, frames) for label, frames in runs if label != 0]
        assert path.labels == [label for label, _ in runs]
        assert path.first_frames == [frames[0] for _, frames in runs]
        assert path.last_frames == [frames[-1] for _, frames in runs]
        assert path.character_log_probs == pytest.approx([best.values[frames].mean().item() for _, frames in runs])
        assert path.log_prob == pytest.approx(best.values.sum().item())
    # Nothing is likelier than the best path, so aligning its text finds it again.
    alignments = align(log_probs, torch.tensor(lengths), [path.labels for path in paths])
    for path, alignment in zip(paths, alignments, strict=True):
        assert alignment.first_frames == path.first_frames
        assert alignment.last_frames == path.last_frames
        assert alignment.character_log_probs == pytest.approx(path.character_log_probs)
        assert alignment.log_prob == pytest.approx(path.log_prob)
