from itertools import pairwise

import pytest

from hwr.language.config import ConnectorConfig
from hwr.training.config import TrainConfig
from hwr.training.learn.schedule import language_factor, learning_rate


def test_the_schedule_warms_up_and_falls_to_its_end():
    c = TrainConfig(steps=100, warmup=10, learning_rate=1.0, final_learning_rate=0.1)
    rates = [learning_rate(c, s) for s in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[10] == pytest.approx(1.0)
    assert rates[100] == pytest.approx(0.1)
    assert all(a >= b for a, b in pairwise(rates[10:]))


def test_the_recognisers_rate_waits_for_the_connectors(line_folder):
    c = TrainConfig(
        steps=110, warmup=10, learning_rate=1.0, connectors=[ConnectorConfig("linear")], connector_warmup=10
    )
    plain = TrainConfig(steps=100, warmup=10, learning_rate=1.0)
    assert [learning_rate(c, s) for s in range(10)] == [0.0] * 10
    alone = TrainConfig(steps=100, warmup=10, learning_rate=1.0, connector_warmup=10)
    assert learning_rate(alone, 0) == learning_rate(plain, 0) > 0, "CTC alone has nothing to wait for"
    assert [learning_rate(c, s) for s in range(10, 111)] == [learning_rate(plain, s) for s in range(101)]


def test_language_fades_at_the_end():
    faded = TrainConfig(steps=10, lm_fade=0.5)
    factors = [language_factor(faded, step) for step in range(11)]
    assert factors == pytest.approx([1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0])
    assert [language_factor(TrainConfig(steps=10), step) for step in (0, 9)] == [1, 1]


def test_where_the_seconds_end_sooner_language_fades_with_them():
    assert language_factor(TrainConfig(steps=1000, lm_fade=0.5, seconds=60.0), 10, 45.0) == pytest.approx(0.5)
