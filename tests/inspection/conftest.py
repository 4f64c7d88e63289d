import pytest


@pytest.fixture
def reader(wavering_checkpoint):
    from hwr.reader import Reader

    return Reader(wavering_checkpoint, device="cpu")


@pytest.fixture
def reading(reader, drawn_line):
    line = reader.read(drawn_line("in an old abc"), lines="single").lines[0]
    assert line.characters
    return line
