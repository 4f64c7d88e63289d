import shutil
from types import SimpleNamespace

import pytest

from tests.release.browser import NONE_HERE, found_chromium, launch_chromium
from tests.release.install import CPU_INDEX, TORCH, run, torch_arguments


@pytest.mark.parametrize(
    ("system", "gpu", "reachable", "index"),
    [
        ("Linux", False, True, True),
        ("Linux", True, True, False),
        ("Linux", False, False, False),
        ("Windows", False, True, False),
    ],
)
def test_cuda_is_fetched_for_a_gpu_alone(system, gpu, reachable, index):
    told, why = torch_arguments(system, gpu, reachable)
    assert told == ([TORCH, "--index-url", CPU_INDEX] if index else [TORCH])
    assert why.startswith("torch")


def test_a_step_says_how_long_it_took_and_what_failed(capfd):
    assert run(["true"], "2/3 nothing") < 5
    assert "2/3 nothing ...\n  done in 0 s\n" in capfd.readouterr().out
    with pytest.raises(SystemExit, match="3/3 nothing: failed after 0 s"):
        run(["false"], "3/3 nothing")


def test_the_headless_shell_is_taken_before_the_browser_with_windows(monkeypatch):
    here = {"chromium": "/usr/bin/chromium", "chromium-headless-shell": "/usr/bin/chromium-headless-shell"}
    monkeypatch.setattr(shutil, "which", here.get)
    assert found_chromium(None) == "/usr/bin/chromium-headless-shell"
    del here["chromium-headless-shell"]
    assert found_chromium(None) == "/usr/bin/chromium"


def test_playwrights_own_browser_stands_in_where_none_is_on_the_path(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    engine = SimpleNamespace(chromium=SimpleNamespace(executable_path=str(tmp_path / "chrome")))
    assert found_chromium(engine) is None
    with pytest.raises(RuntimeError, match=NONE_HERE):
        launch_chromium(engine)
    (tmp_path / "chrome").touch()
    assert found_chromium(engine) == str(tmp_path / "chrome")
