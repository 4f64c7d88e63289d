import numpy as np
import pytest
from PIL import Image

from hwr.examples.catalogue import DRAWN, EXAMPLES, SCANNED, Scan, lay_out_examples, thumbnail
from hwr.examples.drawing import Drawing
from hwr.examples.packing import load_precomputed, pack_page, unpack_page
from hwr.paths import ASSETS

FONTS = ASSETS / "fonts"


def test_each_example_has_its_own_lesson_and_each_drawn_one_its_own_face():
    assert len(DRAWN) >= 6
    assert len({e.origin.face for e in DRAWN if isinstance(e.origin, Drawing)}) == len(DRAWN)
    assert len({e.name for e in EXAMPLES}) == len({e.lesson["en"] for e in EXAMPLES}) == len(EXAMPLES)


def test_real_handwriting_comes_first_and_none_of_it_was_learned_from():
    assert EXAMPLES[: len(SCANNED)] == SCANNED
    assert 3 <= len(SCANNED) <= 8
    scans = [e.origin for e in SCANNED if isinstance(e.origin, Scan)]
    assert len(scans) == len(SCANNED)
    assert {scan.split for scan in scans} <= {"val", "test"}


def test_who_made_a_scan_is_named_beside_it_and_in_the_notice():
    notice = (ASSETS / "examples" / "LICENSES.md").read_text(encoding="utf-8")
    for scan in (e.origin for e in SCANNED):
        assert isinstance(scan, Scan)
        named = (scan.work, scan.makers, scan.licence, scan.address, scan.original)
        assert [part for part in named if part not in notice] == []
        assert scan.makers in scan.credit
        assert scan.licence in scan.credit


def test_scans_are_small():
    assert all((ASSETS / "examples" / e.file).stat().st_size < 20_000 for e in SCANNED)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_pixels(assets, tmp_path):
    for path in lay_out_examples(tmp_path, FONTS):
        with Image.open(path) as again, Image.open(assets / "examples" / path.name) as first:
            assert np.array_equal(np.asarray(again), np.asarray(first))


@pytest.mark.slow
def test_precomputed_reading_equals_the_reading(assets, reader):
    for example in EXAMPLES:
        kept = load_precomputed(example.name, assets / "readings", assets / "examples")
        fresh = reader.read(assets / "examples" / example.file)
        assert kept is not None
        assert (kept.text, kept.model, len(kept.lines)) == (fresh.text, fresh.model, len(fresh.lines))
        for a, b in zip(kept.lines, fresh.lines, strict=True):
            assert [c.text for c in a.characters] == [c.text for c in b.characters]
            assert np.allclose([c.x0 for c in a.characters], [c.x0 for c in b.characters], atol=0.01)
            assert np.abs(np.exp(a.log_probs) - np.exp(b.log_probs)).max() < 0.005
            assert a.geometry.frames == b.geometry.frames
            assert np.allclose(a.geometry.matrix, b.geometry.matrix)
            assert np.isfinite(a.log_probs).all()


def test_readings_are_small(assets):
    assert sum(p.stat().st_size for p in (assets / "readings").iterdir()) < 600_000


def test_missing_or_foreign_readings_are_none(assets, tmp_path):
    assert load_precomputed("clean", tmp_path, assets / "examples") is None
    rgb = np.zeros((4, 4, 3), np.uint8)
    page = load_precomputed("clean", assets / "readings", assets / "examples")
    assert page is not None
    data = pack_page(page)
    assert unpack_page(data, rgb) is not None


def test_thumbnails_have_one_size(assets):
    assert {thumbnail(assets / "examples" / e.file).shape for e in EXAMPLES} == {(128, 440, 3)}
