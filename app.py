"""The Space's entry point: build the interface, launch it. `--open` opens a browser, `--mcp` (or HWR_MCP=1) serves MCP."""

import os
import sys

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from hwr.machine import is_zero_gpu

LENT = None
if is_zero_gpu():  # which wants `spaces` before torch, and models on the GPU before the launch
    from hwr.ui.models.lent_gpu import lent_reader

    LENT = lent_reader()

from hwr.ui.app import serve  # noqa: E402


def load_reader():
    """The default recogniser; torch is imported here, when the first page has been served."""
    from hwr.reader import Reader

    return LENT or Reader.from_pretrained()


if __name__ == "__main__":
    mcp = "--mcp" in sys.argv or os.environ.get("HWR_MCP") == "1"
    serve(load_reader, inbrowser="--open" in sys.argv, mcp_server=mcp)
