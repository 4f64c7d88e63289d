import pytest

from hwr.training.config import TrainConfig
from hwr.training.learn.schedule import language_factor


def test_language_fades_at_the_end():
    faded = TrainConfig(steps=10, lm_fade=0.5)
    factors = [language_factor(faded, step) for step in range(11)]
    assert factors == pytest.approx([1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0])
    assert [language_factor(TrainConfig(steps=10), step) for step in (0, 9)] == [1, 1]


def test_where_the_seconds_end_sooner_language_fades_with_them():
    assert language_factor(TrainConfig(steps=1000, lm_fade=0.5, seconds=60.0), 10, 45.0) == pytest.approx(0.5)
