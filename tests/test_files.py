import os

import pytest

from hwr.errors import InputError
from hwr.files import LARGEST_JSON, check_regular, read_json


def test_a_value_is_read_and_what_is_no_json_is_told_with_its_path(tmp_path):
    path = tmp_path / "status.json"
    path.write_text('{"step": [1, 2.5, null]}')
    assert read_json(path) == {"step": [1, 2.5, None]}
    for text in ('{"step": ', "NaN", "[" * 100_000, ""):
        path.write_text(text)
        with pytest.raises(InputError, match="status.json"):
            read_json(path)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")


def test_what_is_no_file_or_too_large_is_refused_before_it_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # to open it would wait for a writer
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            read_json(path)
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(LARGEST_JSON + 1)
    with pytest.raises(InputError, match="16"):
        read_json(tmp_path / "large.json")
    check_regular(tmp_path / "large.json")
