import pytest
import torch

from hwr.training.learn.second_look import SHIFT, second_look

Lines = tuple[torch.Tensor, torch.Tensor]


@pytest.fixture
def lines() -> Lines:
    images = torch.zeros(6, 32, 200)
    images[:, 10:20, 20:150] = 0.8
    return images, torch.full((6,), 160)


def test_a_second_look_is_a_function_of_its_seed(lines: Lines):
    first = second_look(*lines, (1, 7))
    assert torch.equal(first, second_look(*lines, (1, 7)))
    assert not torch.equal(first, second_look(*lines, (1, 8)))
    assert not torch.equal(first, second_look(*lines, (2, 7)))


def test_the_ink_stays_ink_and_what_lies_past_a_line_stays_paper(lines: Lines):
    images, widths = lines
    looks = [second_look(images, widths, (0, step)) for step in range(20)]
    for seen in looks:
        assert seen.shape == images.shape
        assert 0.0 <= seen.min() <= seen.max() <= 1.0
        assert seen[:, :, 160:].max() == 0.0
        ink, paper = seen[:, 10 + SHIFT : 20 - SHIFT, 20:150], seen[:, : 10 - SHIFT, :160]
        assert ink.mean() > 0.45
        assert paper.max() <= 0.06 * 1.0001
    assert not torch.equal(looks[0][0], looks[0][1])  # each line is changed in its own way
