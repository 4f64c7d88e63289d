"""Forced alignment and CTC scores against every path of tiny inputs, and against torch's CTC loss."""

from itertools import groupby, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hwr.decoding.alignment import align, frames_needed
from hwr.errors import InputError


def random_log_probs(seed: int, batch: int, frames: int, classes: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, frames, classes, generator=generator, dtype=torch.double).mul(2).log_softmax(-1)


def collapse(path: tuple[int, ...]) -> list[int]:
    return [label for label, _ in groupby(path) if label != 0]


def paths_of(text: list[int], log_probs: torch.Tensor) -> dict[tuple[int, ...], float]:
    """Every path (of C ** T) that collapses to the text, with its log-probability."""
    frames, classes = log_probs.shape
    return {
        path: sum(log_probs[t, label].item() for t, label in enumerate(path))
        for path in product(range(classes), repeat=frames)
        if collapse(path) == text
    }


def path_of(alignment, frames: int) -> tuple[int, ...]:
    path = [0] * frames
    for label, first, last in zip(alignment.labels, alignment.first_frames, alignment.last_frames, strict=True):
        path[first : last + 1] = [label] * (last + 1 - first)
    return tuple(path)


def test_three_frames_by_hand():
    probs = torch.tensor([[[0.6, 0.4], [0.1, 0.9], [0.5, 0.5 - 1e-9]]], dtype=torch.double)
    (alignment,) = align(probs.log(), torch.tensor([3]), [[1]])
    assert (alignment.first_frames, alignment.last_frames) == ([1], [1])
    assert alignment.character_log_probs == pytest.approx([torch.tensor(0.9).log().item()])
    assert alignment.log_prob == pytest.approx(torch.tensor(0.6 * 0.9 * 0.5).log().item())


def test_repeats_are_parted_by_a_blank_even_where_it_is_unlikely():
    probs = torch.tensor([[[0.05, 0.95], [0.05, 0.95], [0.05, 0.95]]])
    (alignment,) = align(probs.log(), torch.tensor([3]), [[1, 1]])
    assert (alignment.first_frames, alignment.last_frames) == ([0, 2], [0, 2])


def test_a_tie_goes_to_the_path_that_moves_on_sooner():
    (alignment,) = align(torch.full((1, 4, 3), 1 / 3).log(), torch.tensor([4]), [[1, 2]])
    assert (alignment.first_frames, alignment.last_frames) == ([0, 1], [0, 1])


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(1, 2), max_size=3)), min_size=1, max_size=4),
)
def test_brute_force_over_all_paths(seed, lines):
    log_probs = random_log_probs(seed, len(lines), 5, 3)
    lengths, texts = torch.tensor([length for length, _ in lines]), [text for _, text in lines]
    every = [paths_of(text, log_probs[row, :length]) for row, (length, text) in enumerate(lines)]
    fitting = [row for row, paths in enumerate(every) if paths]
    assert fitting == [row for row, (length, text) in enumerate(lines) if frames_needed(text) <= length]
    alignments = align(log_probs[fitting], lengths[fitting], [texts[row] for row in fitting])
    for row, alignment in zip(fitting, alignments, strict=True):
        path = path_of(alignment, lines[row][0])
        assert path == max(every[row], key=every[row].__getitem__)
        assert alignment.log_prob == pytest.approx(every[row][path])
        means = [
            log_probs[row, first : last + 1, label].mean().item()
            for label, first, last in zip(texts[row], alignment.first_frames, alignment.last_frames, strict=True)
        ]
        assert alignment.character_log_probs == pytest.approx(means)


def test_a_line_does_not_depend_on_its_batch():
    log_probs = random_log_probs(2, 3, 20, 5)
    lengths, texts = torch.tensor([20, 7, 12]), [[1, 2, 2, 3, 4], [4, 4], []]
    together = align(log_probs, lengths, texts)
    log_probs[1, 7:] = torch.nan  # padding is not looked at
    for row, length in enumerate(lengths.tolist()):
        alone = (log_probs[row : row + 1, :length], lengths[row : row + 1], texts[row : row + 1])
        assert align(*alone) == [together[row]]
    assert align(log_probs, lengths, texts) == together


def test_empty_text_takes_blanks_only():
    log_probs = random_log_probs(4, 2, 6, 3)
    first, second = align(log_probs, torch.tensor([6, 0]), [[], []])
    assert first.labels == first.first_frames == first.character_log_probs == []
    assert first.log_prob == pytest.approx(log_probs[0, :, 0].sum().item())
    assert second.log_prob == 0
    assert align(log_probs[:0], torch.zeros(0, dtype=torch.long), []) == []
    assert align(log_probs[:1, :0], torch.tensor([0]), [[]])[0].log_prob == 0


def test_a_text_that_cannot_fit_is_named():
    log_probs = random_log_probs(5, 2, 4, 3)
    with pytest.raises(InputError, match=r"Line 2 has 4 frames but its text needs 5 \(3 characters and 2 repeats\)"):
        align(log_probs, torch.tensor([4, 4]), [[1, 2, 1, 2], [1, 1, 1]])


def test_impossible_and_broken_frames_do_not_break_the_path():
    probs = torch.tensor([[[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]])
    (alignment,) = align(probs.log(), torch.tensor([3]), [[1, 2, 1]])
    assert (alignment.first_frames, alignment.log_prob) == ([0, 1, 2], -torch.inf)
    (alignment,) = align(torch.full((1, 4, 3), torch.nan), torch.tensor([4]), [[1, 2, 1]])
    assert collapse(path_of(alignment, 4)) == [1, 2, 1]


def test_shapes_and_labels_that_disagree():
    log_probs = random_log_probs(6, 1, 4, 3)
    with pytest.raises(ValueError, match="do not go together"):
        align(log_probs, torch.tensor([4]), [[1], [2]])
    with pytest.raises(ValueError, match="4 frames"):
        align(log_probs, torch.tensor([5]), [[1]])
    for labels in ([1, 0], [3]):
        with pytest.raises(ValueError, match="labels must be between 1 and 2"):
            align(log_probs, torch.tensor([4]), [labels])


def test_half_precision():
    log_probs = random_log_probs(7, 1, 10, 4).bfloat16()
    assert align(log_probs, torch.tensor([10]), [[1, 2, 3]]) == align(
        log_probs.double(), torch.tensor([10]), [[1, 2, 3]]
    )
