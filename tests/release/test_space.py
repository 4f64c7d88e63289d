"""The Space's folder, without a network: what is in it, what is refused, what a push asks of the Hub."""

from pathlib import Path

import pytest

from tests.release.space import (
    CPU,
    ZERO_GPU,
    front_matter,
    front_matter_problems,
    lay_out,
    problems,
    push,
    requirements,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("hub") / "space"
    return out, lay_out(out, CPU, "someone/hwr")


def test_the_folder_is_whole_and_has_nothing_else(folder):
    out, files = folder
    assert problems(out, files) == []
    assert {"app.py", "hwr/reader.py", "assets/default/model.safetensors"} <= set(files)
    assert not [name for name in files if name.startswith(("tests", "Makefile", "."))]


def test_front_matter_says_where_the_space_is(folder):
    card = front_matter((folder[0] / "README.md").read_text(encoding="utf-8"))
    assert card["thumbnail"] == "https://huggingface.co/spaces/someone/hwr/resolve/main/assets/screenshot.png"
    assert card["suggested_hardware"] == CPU
    assert card["python_version"] == "3.12"


def test_stray_and_large_files_are_named(folder, tmp_path):
    out, files = folder
    stray = out / "notes.txt"
    stray.write_bytes(b"x" * 51_000_000)
    assert problems(out, files) == ["notes.txt: a stray file", "notes.txt: 51 MB"]
    stray.unlink()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sdk_version", "5.0.0"),
        ("python_version", "3.9"),
        ("suggested_hardware", "mainframe"),
        ("colorFrom", "ink"),
        ("short_description", "x" * 61),
        ("preload_from_hub", ["no id"]),
        ("thumbnail", "assets/screenshot.png"),
        ("app_file", "main.py"),
    ],
)
def test_what_the_hub_would_refuse_is_named(folder, key, value):
    out, _ = folder
    card = front_matter((out / "README.md").read_text(encoding="utf-8"))
    assert front_matter_problems(card | {key: value}, out) == [f"README.md: {key} is {value!r}"]


def test_torch_is_one_that_zero_gpu_has(tmp_path):
    lay_out(tmp_path / "space", ZERO_GPU)
    assert "torch>=2.8,<=2.11.0" in requirements(tmp_path / "space")


def test_a_push_makes_the_space_and_uploads_the_folder(tmp_path):
    asked = []

    class Hub:
        def create_repo(self, repo, **options):
            asked.append((repo, options["repo_type"], options["space_sdk"], options["space_hardware"].value))

        def upload_folder(self, **options):
            asked.append((options["repo_id"], options["repo_type"], options["folder_path"]))

    assert push(Path("x"), "someone/hwr", ZERO_GPU, Hub()) == "https://huggingface.co/spaces/someone/hwr"
    assert asked == [("someone/hwr", "space", "gradio", ZERO_GPU), ("someone/hwr", "space", Path("x"))]
