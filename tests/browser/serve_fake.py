"""Serve the interface with a reader that needs no weights: `python serve_fake.py PORT DATA_DIR ASSETS [HELD]`.

HELD: a file; while it is there, the model does not finish loading.
"""

import os
import sys
import time
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "ui")]

if __name__ == "__main__":
    from drawn_pages import TEXTS
    from fake_reader import FakeReader, load_language_model

    from hwr.ui.app import serve

    port, data_dir, assets = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    held = [Path(argument) for argument in sys.argv[4:]]
    texts = {
        "attack": ["<img src=x onerror=alert(1)> ${alert(2)} \\x3cb\\x3e {{value}}"],
        "upload": ["hello from a test"],
        "slow": ["the first of two"],
        "note": TEXTS,
    }
    reader = FakeReader()
    reader.texts.update(texts)
    reader.delays["slow"] = 3.0

    def load() -> FakeReader:
        while any(file.exists() for file in held):
            time.sleep(0.05)
        return reader

    serve(
        load,
        data_dir,
        assets=assets,
        language_loader=load_language_model,
        server_name="127.0.0.1",
        server_port=port,
    )
