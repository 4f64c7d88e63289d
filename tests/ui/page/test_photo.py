from pathlib import Path

import gradio as gr

import hwr
from hwr.ui.page.gradio_edges import ImageData
from hwr.ui.page.photo import Photo


def test_a_file_is_handed_over_unopened_by_every_copy_of_the_input(tmp_path):
    """Gradio builds the component anew for each session, from its class and its arguments."""
    bad = tmp_path / "notes.png"
    bad.write_bytes(b"this is no image")
    with gr.Blocks():
        photo = Photo(type="filepath")
    copy = type(photo)(**photo.constructor_args)
    for one in (photo, copy):
        assert one.preprocess(ImageData(path=str(bad), orig_name="notes.png")) == str(bad)
        assert one.preprocess(None) is None
        assert one.get_block_name() == "image"


def test_no_stub_is_written_beside_the_component():
    assert not list(Path(hwr.__file__).parent.rglob("*.pyi"))
