from hwr.ui.models.lamp import status
from hwr.ui.models.readers import Models


def test_the_lamp_tells_the_state_with_a_word_in_both_languages(reader):
    model = Models(lambda: reader)
    assert 'data-state="waiting"' in status(model)
    model.start()
    assert model.wait() == "ready"
    lamp = status(model, "<b>mine</b>")
    assert 'data-state="ready"' in lamp
    assert "&lt;b&gt;mine" in lamp
    assert "<b>mine" not in lamp


def test_why_a_model_could_not_be_loaded_is_told_in_both_languages(caplog):
    def load():
        raise OSError("no weights here")

    model = Models(load)
    model.start()
    assert model.wait() == "failed"
    assert status(model) == (
        '<span class="hwr-status" role="status" data-state="failed">'
        '<span class="hwr-en">No model: it could not be loaded, see the log.</span>'
        '<span class="hwr-ja">モデルを読み込めません: 読み込めませんでした。理由はログにあります。</span></span>'
    )
    assert "no weights here" in caplog.text
