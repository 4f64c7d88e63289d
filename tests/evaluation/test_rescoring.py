"""What language wins on a data set: rates against texts counted here, tuning, examples."""

import json

import pytest
from PIL import Image

from hwr.errors import InputError
from hwr.evaluation.error_rates import cer
from hwr.evaluation.rescoring import collect_lists, evaluate_rescoring, oracle_texts, tune_rescoring, write_examples
from hwr.language.n_best import NBestDecoder
from hwr.language.ngram import CharacterNGram
from hwr.reader import Reader
from hwr.reading import Weights


@pytest.fixture
def reader(tiny_checkpoint):
    reader = Reader(tiny_checkpoint)
    reader.decoder = NBestDecoder(reader.charset, CharacterNGram.train(["the quick brown fox", "a lazy dog"], order=3))
    return reader


@pytest.fixture
def lm(tiny):
    return str(tiny("bloom", eos_token="</s>"))  # reads texts of any length


@pytest.mark.slow
def test_each_part_is_measured(reader, line_folder, lm):
    reader.checkpoint.rescoring = tune_rescoring(reader, [line_folder], "val", [lm])
    (report,) = evaluate_rescoring(reader, line_folder, "train", [lm])
    assert list(report.parts) == ["greedy", "beam", "ngram", "lm", "rescored", "oracle"]
    references = [line.reference for line in report.evaluation.lines]
    for part in report.parts.values():
        assert part.cer.value == pytest.approx(cer(references, part.texts))
        difference = part.versus_greedy.difference.value
        assert difference == pytest.approx(part.cer.value - report.parts["greedy"].cer.value)
    assert report.parts["greedy"].texts == [line.text for line in report.evaluation.lines]
    assert report.parts["oracle"].cer.value <= min(part.cer.value for part in report.parts.values())
    for part in report.parts.values():
        before = [line.errors.character_errors for line in report.evaluation.lines]
        after = [e.character_errors for e in part.errors]
        assert part.fixed == sum(a < b for a, b in zip(after, before, strict=True))
        assert part.broken == sum(a > b for a, b in zip(after, before, strict=True))
        assert part.fixed + part.broken + part.unchanged == 16
        assert part.relative.value == pytest.approx(sum(after) / sum(before) - 1)
        assert part.relative.low <= part.relative.value <= part.relative.high
    digits = [any(c.isdigit() for c in reference) for reference in references]
    for part in report.parts.values():
        assert part.digits.lines == sum(digits)
        chosen = [(r, t) for r, t, digit in zip(references, part.texts, digits, strict=True) if digit]
        assert part.digits.cer is not None
        assert part.digits.cer.value == pytest.approx(cer(*map(list, zip(*chosen, strict=True))))
    added = report.parts["rescored"].cer.value - report.parts["ngram"].cer.value
    assert report.versus_ngram.difference.value == pytest.approx(added)
    values = json.loads(json.dumps(report.to_dict()))
    assert {"greedy", "oracle", "rescored", "fixed", "broken", "unchanged", "cer", "protocol"} <= set(values)
    assert values["language_model"] == lm


@pytest.mark.slow
def test_without_a_model_the_ngram_is_all(reader, line_folder):
    (report,) = evaluate_rescoring(reader, line_folder, "val", ["none"])
    assert "lm" not in report.parts
    assert report.parts["rescored"].texts == report.parts["ngram"].texts


@pytest.mark.slow
def test_tuning_is_never_worse_than_greedy(reader, line_folder, lm):
    entries = tune_rescoring(reader, [line_folder], "val", [lm])
    twice = tune_rescoring(reader, [line_folder, line_folder], "val", [lm])
    assert [entry["lines"] for entry in twice] == [2 * entry["lines"] for entry in entries]
    assert [entry["greedy"] for entry in twice] == [entry["greedy"] for entry in entries]
    assert [(e["lm"], e["ngram"]) for e in entries] == [(None, True), (lm, True), (lm, False)]
    for e in entries:
        assert e["oracle"] <= e["rescored"] <= e["greedy"]
        assert e["lines"] == 4
    assert entries[0]["alpha"] == 0
    assert entries[2]["gamma"] == 0


def test_the_test_split_is_not_for_tuning(reader, line_folder, lm):
    with pytest.raises(InputError, match="for measuring only"):
        tune_rescoring(reader, [line_folder], "test", [lm])
    with pytest.raises(InputError, match="no language model directory"):
        tune_rescoring(reader, [line_folder], "val", ["./nothing"])


def test_the_oracle_takes_the_nearest_text(reader, line_folder):
    from hwr.evaluation.evaluate import evaluate

    lines = evaluate(reader, line_folder, "val").lines
    lists = collect_lists(reader.decoder, lines)
    for reference, plain, fused, best in zip(
        lists.references, lists.plain, lists.fused, oracle_texts(lists), strict=True
    ):
        distances = [cer([reference], [h.text]) for h in plain + fused]
        assert cer([reference], [best]) == min(distances)


@pytest.mark.slow
def test_examples_are_the_extremes(reader, line_folder, lm, tmp_path):
    reader.checkpoint.rescoring = [
        {"lm": lm, "ngram": True, "data": "x", **vars(Weights(0.0, 30.0, 0.0))}  # the longest text wins: language harms
    ]
    (report,) = evaluate_rescoring(reader, line_folder, "train", [lm])
    assert report.rescored.broken
    write_examples(report, line_folder, "train", tmp_path / "examples")
    harmed = json.loads((tmp_path / "examples" / "examples.json").read_text())["harms"]
    change = [
        cer([line.reference], [new]) * len(line.reference) - line.errors.character_errors
        for line, new in zip(report.evaluation.lines, report.parts["rescored"].texts, strict=True)
    ]
    place = change.index(max(change))
    assert harmed["truth"] == report.evaluation.lines[place].reference
    assert harmed["rescored"] == report.parts["rescored"].texts[place]
    assert harmed["command"] == f"python -m hwr evaluate --data lines --split train --lm {lm} --examples examples"
    with Image.open(tmp_path / "examples" / harmed["image"]) as image:
        assert image.size[0] > 10


@pytest.mark.slow
def test_no_example_where_nothing_changes(reader, line_folder, lm, tmp_path):
    reader.checkpoint.rescoring = [{"lm": lm, "ngram": True, "data": "x", **vars(Weights())}]
    (report,) = evaluate_rescoring(reader, line_folder, "val", [lm])
    assert report.rescored.unchanged == 4
    with pytest.raises(InputError, match="changes no line"):
        write_examples(report, line_folder, "val", tmp_path)
