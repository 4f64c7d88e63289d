import numpy as np
import pytest
import torch

from hwr.recognizer.onnx import export_onnx

pytest.importorskip("onnx", reason="onnx is not installed (pip install 'hwr[onnx]')")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed (pip install 'hwr[onnx]')")


@pytest.mark.slow
def test_onnx_gives_the_same_logits_for_other_batches_and_widths(tiny_checkpoint, tmp_path):
    path = tmp_path / "model.onnx"
    assert export_onnx(tiny_checkpoint, path) < 1e-4
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [(i.name, i.shape[0]) for i in session.get_inputs()] == [("images", "lines"), ("widths", "lines")]

    config = tiny_checkpoint.config
    multiple = config.width_multiple
    images = np.random.default_rng(1).random((5, config.height, 20 * multiple), dtype=np.float32)
    widths = np.array([20, 3, 11, 20, 7]) * multiple
    for image, width in zip(images, widths, strict=True):
        image[:, width:] = 0
    logits, lengths = session.run(None, {"images": images, "widths": widths})
    for image, width, line, frames in zip(images, widths, logits, lengths, strict=True):
        with torch.inference_mode():
            alone = tiny_checkpoint.network(torch.from_numpy(image[None, :, :width].copy())).logits[0].numpy()
        assert frames == len(alone)
        np.testing.assert_allclose(line[:frames], alone, atol=1e-4)
