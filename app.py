"""The Space's entry point: build the interface, launch it. `--open` opens a browser, too."""

import os
import sys

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from hwr.ui.app import serve


def load_reader():
    """The default recogniser; torch is imported here, when the first page has been served."""
    from hwr.reader import Reader

    return Reader.from_pretrained()


if __name__ == "__main__":
    serve(load_reader, inbrowser="--open" in sys.argv)
