import pytest

from hwr.recognizer.onnx import export_onnx

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def test_onnx_gives_the_same_logits_at_other_widths(tiny_checkpoint, tmp_path):
    assert export_onnx(tiny_checkpoint, tmp_path / "model.onnx") < 1e-4
    assert (tmp_path / "model.onnx").stat().st_size > 1000
