from collections import Counter

import numpy as np

from hwr.data.supply import LineSource, Sample
from hwr.recognizer.charset import Charset
from hwr.training.lines.batches import ChunkedBatches, PreparedSample, collate, prepare_sample


def test_batches_are_padded_sorted_and_split_between_processes(line_folder, tiny_config):
    charset = Charset.from_texts(LineSource(line_folder, None).dataset.texts)

    def chunk(**changes):
        arguments = {"batch_size": 4, "chunks": 2, "seed": 1, "max_width": 4000}
        return ChunkedBatches(LineSource(line_folder, "train"), charset, tiny_config, **arguments, **changes)[1]

    batches = chunk()
    assert len(batches) == 8
    for batch in batches:
        assert batch.images.shape[-1] % 64 == 0
        assert batch.images.shape[-1] - batch.widths.max() < 64
        assert int(batch.label_lengths.sum()) == len(batch.labels)
    halves = [chunk(rank=r, world=2) for r in (0, 1)]
    for whole, a, b in zip(batches, *halves, strict=True):
        assert sorted(whole.texts) == sorted(a.texts + b.texts)
    own = [chunk(rank=r, world=2, local=True) for r in (0, 1)]
    assert sorted(_texts(batches)) == sorted(_texts(own[0]) + _texts(own[1])), "the same lines, each drawn once"
    for a in own[0] + own[1]:
        assert (len(a.texts), a.whole, a.pixels) == (2, 4, 2 * int(a.widths.sum()))


def _texts(batches):
    return [text for batch in batches for text in batch.texts]


def test_lines_that_cannot_be_learned_are_told_apart(tiny_config, drawn_line):
    charset = Charset("abc")
    grey = drawn_line("abc")
    sample = prepare_sample(Sample(grey, "abc", "t"), charset, tiny_config, 4000)
    assert isinstance(sample, PreparedSample)
    reasons = [
        prepare_sample(Sample(grey, "xyz", "t"), charset, tiny_config, 4000),
        prepare_sample(Sample(grey, "abc" * 99, "t"), charset, tiny_config, 4000),
        prepare_sample(Sample(np.full((50, 90), 255, np.uint8), "abc", "t"), charset, tiny_config, 4000),
        prepare_sample(Sample(grey, "abc", "t"), charset, tiny_config, 40),
    ]
    assert reasons == [
        "no known characters",
        "text does not fit the image",
        "no ink or too long",
        "wider than max_width",
    ]
    dropped = Counter({"no ink": 2})
    batch = collate([sample], dropped)
    assert batch.dropped == dropped
