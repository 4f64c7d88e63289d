"""Serve the interface with a pair to compare: `python serve_taught.py PORT DATA_DIR ASSETS`.

ASSETS holds the examples, their readings, and `connector/with-connector` and `connector/ctc-only`.
"""

import os
import sys
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

if __name__ == "__main__":
    from hwr.training.run import checkpoints
    from hwr.ui.app import serve

    port, data_dir, assets = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    checkpoints.DEFAULT_CONNECTOR = assets / "connector" / "with-connector"
    checkpoints.DEFAULT_CTC_ONLY = assets / "connector" / "ctc-only"

    def load():
        from hwr.reader import Reader

        return Reader.from_pretrained()

    serve(load, data_dir, assets=assets, server_name="127.0.0.1", server_port=port)
