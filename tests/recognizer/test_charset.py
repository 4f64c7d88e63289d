import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwr.errors import InputError
from hwr.recognizer.charset import Charset, normalize_text


def test_labels_are_index_plus_one():
    charset = Charset("abc")
    assert charset.encode("cab").labels == [3, 1, 2]
    assert charset.decode([3, 0, 1, 2]) == "cab"
    assert charset.classes == 4


def test_unknown_characters_are_counted_not_raised():
    encoded = Charset("ab").encode("axbxy")
    assert encoded.labels == [1, 2]
    assert encoded.unknown == {"x": 2, "y": 1}


def test_accents_are_composed_and_quotes_straightened():
    assert normalize_text("e\u0301te\u0301 \u201cl\u2019ami\u201d \u2026") == 'été "l\'ami" ...'


@given(st.text())
def test_normalizing_twice_changes_nothing(text):
    assert normalize_text(normalize_text(text)) == normalize_text(text)


@given(st.text(min_size=1).filter(lambda t: normalize_text(t)))
def test_text_of_a_charset_survives_encoding(text):
    charset = Charset.from_texts([text])
    assert charset.decode(charset.encode(text).labels) == normalize_text(text)


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u200e", "\u202e", "\u00ad", "\ufeff", "\ufe0f", "\x1b", "\x00", "\x9b", "\ud800"]
)
def test_what_cannot_be_seen_is_no_class(sign):
    assert normalize_text(f"{sign}a{sign}b {sign} c{sign}") == "ab c"
    assert Charset.from_texts([f"a{sign}b"]).characters == "ab"


def test_an_accent_behind_an_invisible_sign_is_composed():
    assert normalize_text("e\u034f\u0301") == "é"


def test_the_space_is_a_character_wherever_it_stands():
    assert Charset.of(" ba").characters == " ab"
    assert Charset.of("b a").characters == " ab"
    assert Charset("ab").extended([" "]).characters == "ab "


def test_extending_keeps_the_old_labels():
    charset = Charset("ba").extended(["abcé"])
    assert charset.characters == "bacé"


def test_a_file_round_trip_and_damaged_files(tmp_path):
    path = tmp_path / "charset.json"
    Charset("aé ").save(path)
    assert Charset.load(path) == Charset("aé ")
    path.write_text("[1]")
    with pytest.raises(InputError, match="not a charset file"):
        Charset.load(path)
    with pytest.raises(InputError, match="missing"):
        Charset.load(tmp_path / "none.json")


@pytest.mark.parametrize("characters", ["", "aba"])
def test_a_charset_must_be_a_set_with_something_in_it(characters):
    with pytest.raises(InputError):
        Charset(characters)
