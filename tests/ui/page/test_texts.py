import re

import pytest

from hwr.examples.catalogue import EXAMPLES
from hwr.sentences import LANGUAGES, table, text
from hwr.ui.about.texts import ABOUT
from hwr.ui.page.errors import translated_error
from hwr.ui.page.html import both, label
from hwr.ui.page.languages import choose_language
from hwr.ui.page.scripted import UI


def test_guide_has_the_same_shape_in_both_languages():
    shapes = [[(len(p), len(t)) for _, p, t in ABOUT[language]] for language in LANGUAGES]
    assert shapes[0] == shapes[1]


def test_examples_have_both_languages():
    for example in EXAMPLES:
        assert set(example.title) == set(example.lesson) == set(LANGUAGES)


@pytest.mark.parametrize("script", sorted(UI.glob("*/*.js")), ids=lambda script: script.name)
def test_scripts_ask_only_for_strings_that_exist(script):
    code = script.read_text(encoding="utf-8")
    keys = set(re.findall(r"say\('([a-z.]*[a-z])'", code))
    assert keys <= set(table("PAGE"))


def test_unknown_keys_are_an_error():
    with pytest.raises(KeyError):
        text("no.such.key", "en")
    with pytest.raises(KeyError):
        label("no.such.key")


def test_values_are_escaped_once():
    shown = both("status.ready", model="<img src=x onerror=alert(1)>")
    assert "<img" not in shown
    assert shown.count("&lt;img") == 2


@pytest.mark.parametrize(
    ("cookie", "header", "expected"),
    [
        ("ja", "en-US", "ja"),
        (None, "ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        (None, "de, en;q=0.9, ja;q=0.8", "en"),
        ("xx", "ja", "ja"),
        (None, "ja;q=bad", "ja"),
        (None, "fr", "en"),
        (None, "", "en"),
    ],
)
def test_language(cookie, header, expected):
    assert choose_language(cookie, header) == expected


@pytest.mark.parametrize(
    ("english", "piece"),
    [
        ("No ink found: the image shows no writing that stands out from its background.", "文字が見つかりません"),
        (
            "The line is 90000 px long and 20 px high, too long to read in one go; cut it into pieces of at most 5000 px.",
            "5000 px",
        ),
        (
            "a b.png is damaged or cut off: it could not be decoded to its end; export or download it again.",
            "a b.png は壊れて",
        ),
        ("x.png is larger than 20 MB; save it smaller, or as JPEG, and upload it again.", "20 MB"),
        ("Something that nobody translated.", "Something that nobody translated."),
    ],
)
def test_errors_in_japanese(english, piece):
    assert piece in translated_error(english, "ja")
    assert translated_error(english, "en") == english


@pytest.mark.parametrize(
    "english",
    [
        "This is a shared host where nobody may write yet; its owner must set HWR_ADMIN_TOKEN or HWR_ADMINS.",
        "Only an admin may do this on a shared host; log in at the foot of the page.",
        "Too many wrong tokens; wait 60 seconds and try again.",
        "HWR_ADMIN_TOKEN is too short to be safe; give it at least 16 characters.",
        "That is not the admin token.",
        "Read an image first; then its lines can be kept.",
        "The image has changed; look at the text again before you keep it.",
        "The image is no longer here; upload it again.",
        "Write what the line says; an empty text cannot be kept.",
        "Nothing was kept: /d/annotations.sqlite cannot grow (disk I/O error); free some disk space and try again.",
        "No line of Bo has been kept yet; correct a reading in the Read tab and keep it.",
        "There is no folder or .zip file at 'x'; give one, a Hub id such as Teklia/IAM-line, or `kept`.",
        "There is no folder a/b here, and the Hugging Face Hub cannot be reached (ConnectError); connect once to fetch the "
        "data set, or give a folder or a .zip file.",
        'x has no metadata.jsonl; write one line {"file_name": ..., "text": ...} for each image, or put a text file of its '
        "name (.txt) beside each.",
        "The data set a/b has the columns x, y; an image column and a text column (text, sentence) are needed.",
        "the text is empty or not text",
    ],
)
def test_errors_of_kept_lines_data_and_rights_in_japanese(english):
    japanese = translated_error(english, "ja")
    assert re.search("[ぁ-んァ-ン一-龥]", japanese)
    assert english not in japanese
