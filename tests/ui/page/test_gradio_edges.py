"""What we count on in Gradio beyond its documentation. A failure after an update: mend `hwr/ui/page/gradio_edges.py`."""

import ast
import inspect
from pathlib import Path

import gradio as gr
from gradio import blocks

import hwr
from hwr.ui.page import gradio_edges as edges

PACKAGE = Path(hwr.__file__).parent
PROMISED = {"gradio", "gradio.themes"}


def test_no_other_file_reaches_into_gradio():
    found = {
        (file.name, node.module)
        for file in [*PACKAGE.rglob("*.py"), PACKAGE.parent / "app.py"]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "gradio"
    }
    assert {file for file, module in found if module not in PROMISED} == {"gradio_edges.py"}, "import it from there"


def test_uploads_and_images_name_their_file():
    assert edges.FileData(path="a.png").path == edges.ImageData(path="a.png").path == "a.png"


def test_components_are_blocks_and_what_they_listen_for_is_a_dependency():
    with gr.Blocks():
        part = gr.HTML(elem_id="part")
        event = part.change(None, js="() => {}")
    assert isinstance(part, edges.Block)
    assert part.elem_id == "part"
    assert isinstance(event, edges.Dependency)


def test_a_label_is_its_key_until_the_browser_knows_the_language():
    label = edges.I18nData("tab.read")
    assert label.key == "tab.read"
    assert isinstance(gr.Button(label).value, (str, edges.I18nData))


def test_uploads_lie_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    assert Path(edges.get_upload_folder()) == tmp_path
    assert edges.is_in_or_equal(tmp_path / "a" / "b.png", tmp_path)
    assert not edges.is_in_or_equal(tmp_path / ".." / "b.png", tmp_path)


def test_a_machine_without_a_space_has_none(monkeypatch):
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert edges.get_space() is None


def test_a_start_that_gave_up_says_so_in_these_words():
    assert edges.NOT_YET_ACCESSIBLE in inspect.getsource(blocks.Blocks.launch), "hwr.ui.app.launch tries again on it"


def test_no_stub_is_written_and_the_writer_comes_back():
    assert not (PACKAGE / "ui" / "page" / "photo.pyi").exists()
    writer = edges.component_meta.create_or_modify_pyi
    with edges.without_stub():
        assert edges.component_meta.create_or_modify_pyi is not writer
    assert edges.component_meta.create_or_modify_pyi is writer


def test_an_update_that_is_sent_loses_its_value():
    update = gr.update(value="a")
    blocks.postprocess_update_dict(gr.HTML(), update)
    assert "value" not in update, "hwr.ui.page.events.once_more is not needed any more"
