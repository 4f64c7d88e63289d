import os

from hwr.paths import is_lost_on_restart


def test_only_a_space_without_storage_loses_what_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert not is_lost_on_restart(tmp_path)
    monkeypatch.setenv("SPACE_ID", "someone/hwr")
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) == "/")
    assert is_lost_on_restart(tmp_path / "data")
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) == str(tmp_path))
    assert not is_lost_on_restart(tmp_path / "data")
