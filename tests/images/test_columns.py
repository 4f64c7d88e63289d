"""Where a line that reaches into the gutter of two columns is parted."""

from __future__ import annotations

import numpy as np
import pytest

from hwr.images.columns import cut_at


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("###.##....####", 10),  # the gutter, from 6 to 10, is free
        ("###.###...####", 10),  # reaches into it
        ("##...##...####", 14),  # has as wide a gap elsewhere
        ("###.######.###", 14),  # runs across
        ("###.##........", 14),
        ("..........####", 14),
        ("..............", 14),
    ],
)
def test_where_a_line_is_cut_at_a_gutter(line, column):
    assert cut_at(np.array([c == "#" for c in line]), 6, 10) == column
