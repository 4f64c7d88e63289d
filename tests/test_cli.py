import errno
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from hwr.cli import main
from hwr.data.dataset import read_imagefolder
from hwr.language.ngram import CharacterNGram
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture
def model(tiny_checkpoint, tmp_path):
    save_checkpoint(tiny_checkpoint, tmp_path / "tiny")
    return str(tmp_path / "tiny")


@pytest.fixture
def line_image(drawn_line, tmp_path):
    path = tmp_path / "line.png"
    Image.fromarray(drawn_line("abc cab")).save(path)
    return str(path)


@pytest.mark.slow
def test_read_prints_one_object_an_image(model, line_image, capsys):
    assert main(["read", line_image, line_image, "--model", model, "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [r["image"] for r in results] == ["line.png", "line.png"]
    assert set(results[0]) == {"image", "text", "confidence", "characters", "model", "seconds"}
    assert main(["read", line_image, "--model", model]) == 0
    assert capsys.readouterr().out == results[0]["text"] + "\n"


@pytest.mark.slow
def test_read_lists_the_n_best(model, line_image, capsys):
    assert main(["read", line_image, "--model", model, "--n-best", "4", "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    totals = [h["total"] for h in result["hypotheses"]]
    assert len(totals) == 4
    assert totals == sorted(totals, reverse=True)
    assert len({h["text"] for h in result["hypotheses"]}) == 4
    assert result["greedy"] == result["text"]
    assert main(["read", line_image, "--model", model, "--n-best", "0"]) == 2
    out, err = capsys.readouterr()
    assert "at least 1" in err
    assert out == result["greedy"] + "\n"


@pytest.mark.slow
def test_read_asks_a_language_model(model, line_image, tiny, capsys):
    lm = str(tiny("bloom", eos_token="</s>"))
    flags = ["--model", model, "--lm", lm, "--alpha", "0.5", "--beta", "2", "--gamma", "0.1"]
    assert main(["read", line_image, *flags, "--n-best", "5", "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert len(result["hypotheses"]) == 5
    for h in result["hypotheses"]:
        total = h["ctc"] + 0.5 * h["lm"] + 2 * h["length"] + 0.1 * h["ngram"]
        assert h["total"] == pytest.approx(total, abs=1e-3)
    assert result["text"] == result["hypotheses"][0]["text"]
    assert result["greedy"] in [h["text"] for h in result["hypotheses"]]
    assert main(["read", line_image, *flags]) == 0
    assert capsys.readouterr().out == result["text"] + "\n"


@pytest.mark.slow
def test_a_language_model_that_is_not_there_leaves_the_reading(model, line_image, capsys):
    assert main(["read", line_image, "--model", model, "--lm", "./nothing", "--n-best", "3", "--json"]) == 2
    out, err = capsys.readouterr()
    (result,) = json.loads(out)
    assert len(result["hypotheses"]) == 3
    assert result["hypotheses"][0]["lm"] is None
    assert "no language model directory" in err
    assert err.count("\n") == 1
    for wrong in ("nan", "much"):
        assert main(["read", line_image, "--model", model, "--lm", "none", "--alpha", wrong]) == 2
        out, err = capsys.readouterr()
        assert err == f"hwr: alpha must be a number, not {wrong!r}; 0 leaves it out.\n"
        assert out == result["greedy"] + "\n"


@pytest.mark.slow
def test_weights_of_language_are_tuned_stored_and_used(model, line_folder, tiny, capsys):
    lm = str(tiny("bloom", eos_token="</s>"))
    assert main(["tune-rescoring", "--model", model, "--data", str(line_folder), "--lm", lm]) == 0
    assert capsys.readouterr().out.count("->") == 3
    entry = next(e for e in load_checkpoint(model).rescoring if e["lm"] == lm and e["ngram"])
    assert entry["data"] == "lines:val"
    evaluate = ["evaluate", "--model", model, "--data", str(line_folder), "--split", "val", "--lm", lm]
    assert main([*evaluate, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {"greedy", "oracle", "rescored", "fixed", "broken", "unchanged"} <= set(report)
    assert report["rescored"]["tuned"] == "lines:val"
    assert report["rescored"]["weights"] == {k: entry[k] for k in ("alpha", "beta", "gamma")}
    assert report["rescored"]["cer"]["value"] <= report["greedy"]["cer"]["value"] == report["cer"]["value"]
    assert main(evaluate) == 0
    assert "unchanged" in capsys.readouterr().out
    assert main(["tune-rescoring", "--model", model, "--data", str(line_folder), "--split", "test"]) == 2
    assert "for measuring only" in capsys.readouterr().err


@pytest.mark.slow
def test_what_language_wins_becomes_a_table(model, line_folder, tiny, tmp_path, capsys):
    lms = [str(tiny("bloom", eos_token="</s>")), str(tiny("bloom", seed=1, eos_token="</s>"))]
    readme, numbers = tmp_path / "README.md", tmp_path / "language.json"
    readme.write_text("before\n<!-- language -->\n<!-- /language -->\nafter\n")
    flags = ["--model", model, "--lm", lms[0], "--lm", lms[1], "--readme", str(readme), "--json", str(numbers)]
    assert main(["measure-language", "--test", f"drawn={line_folder}:val", *flags]) == 0
    table = capsys.readouterr().out.strip()
    assert f"before\n<!-- language -->\n{table}\n<!-- /language -->\nafter\n" == readme.read_text()
    assert len(table.splitlines()) == 2 + 4 + 2 * len(lms)
    results = json.loads(numbers.read_text())
    assert [(r["set"], r["language_model"]) for r in results] == [("drawn", lm) for lm in lms]
    assert f"| {results[1]['rescored']['cer']['value']:.1%} [" in table.splitlines()[-2]
    assert main(["measure-language", "--test", "drawn", "--model", model]) == 2
    assert "NAME=PATH:SPLIT" in capsys.readouterr().err


def test_language_models_are_trained_and_published(line_folder, tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("The cat sat on the mat.\nA dog slept by the door, as dogs do.\n" * 10)
    sizes = ["--vocabulary", "300", "--context", "32", "--width", "16", "--layers", "1", "--steps", "4"]
    train = ["train-lm", "--text", str(text), "--validation", str(text), "--out", str(tmp_path / "run"), *sizes]
    assert main([*train, "--batch-tokens", "100"]) == 0
    assert "step 4 of 4" in capsys.readouterr().out
    assert main(["publish-lm", str(tmp_path / "run"), "--test", str(text), "--out", str(tmp_path / "lm")]) == 0
    assert "character 5-gram" in capsys.readouterr().out
    assert main(["train-ngram", "--text", str(text), "--out", str(tmp_path / "n.npz"), "--order", "3"]) == 0
    assert "order 3" in capsys.readouterr().out
    lines = ["train-ngram", "--lines", str(line_folder), "--out", str(tmp_path / "lines.npz"), "--order", "3"]
    assert main(lines) == 0
    known = CharacterNGram.load(tmp_path / "lines.npz").characters
    assert set(known) == {c for record in read_imagefolder(line_folder, "train") for c in record.text}
    assert main(["train-ngram", "--text", str(tmp_path / "none"), "--out", str(tmp_path / "n.npz")]) == 2
    assert "no text file" in capsys.readouterr().err


def test_one_bad_image_does_not_hide_the_others(model, line_image, tmp_path, capsys):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nothing")
    assert main(["read", str(bad), line_image, "--model", model, "--json"]) == 2
    out, err = capsys.readouterr()
    assert len(json.loads(out)) == 1
    assert err.count("\n") == 1
    assert "bad.png" in err


def test_every_page_of_a_file_is_read(model, drawn_line, tmp_path, capsys):
    pages = [Image.fromarray(drawn_line(t)) for t in ("abc", "cab cab")]
    pages[0].save(tmp_path / "two.tif", save_all=True, append_images=pages[1:])
    assert main(["read", str(tmp_path / "two.tif"), "--model", model, "--json"]) == 0
    assert [(r["page"], r["pages"]) for r in json.loads(capsys.readouterr().out)] == [(1, 2), (2, 2)]


@pytest.mark.slow
def test_align(model, line_image, capsys):
    assert main(["align", line_image, "--text", "abc cab", "--model", model, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert "".join(c["text"] for c in result["characters"]) == "abc cab"
    assert set(result["characters"][0]) == {"text", "x0", "x1", "confidence", "log_prob"}
    assert result["log_prob"] < 0
    assert main(["align", line_image, "--text", "漢", "--model", model]) == 2
    assert "does not have" in capsys.readouterr().err


def test_evaluate(model, line_folder, capsys):
    assert main(["evaluate", "--data", str(line_folder), "--split", "test", "--model", model, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["lines"] == 4
    assert set(result["wer"]) == {"space", "tokens", "htr_vt"}
    texts = [json.loads(line) for line in (line_folder / "metadata.jsonl").read_text().splitlines()]
    digits = sum(any(c.isdigit() for c in t["text"]) for t in texts if t["split"] == "test")
    assert result["digits"]["lines"] == digits
    assert (result["digits"]["cer"] is None) == (digits == 0)
    for interval in (result["cer"], *result["wer"].values()):
        assert interval["low"] <= interval["value"] <= interval["high"]
    assert result["protocol"]["split"] == "test"
    assert main(["evaluate", "--data", str(line_folder), "--split", "test", "--model", model]) == 0
    assert f"({digits} lines whose text has a digit)" in capsys.readouterr().out
    assert main(["evaluate", "--data", str(line_folder), "--split", "fold1", "--model", model]) == 2
    assert "it has train, val, test" in capsys.readouterr().err


def test_synth_is_reproducible(tmp_path):
    for name in ("a", "b"):
        assert main(["synth", "--out", str(tmp_path / name), "-n", "3", "--seed", "1"]) == 0
    read = [sorted((tmp_path / name).rglob("*.png")) for name in ("a", "b")]
    assert len(read[0]) == 3
    for first, second in zip(*read, strict=True):
        assert np.array_equal(np.asarray(Image.open(first)), np.asarray(Image.open(second)))


def test_numbers_are_set_among_the_words(tmp_path, capsys):
    for share in ("0", "0.5"):
        out = tmp_path / share
        assert main(["synth", "--out", str(out), "-n", "4", "--seed", "1", "--numbers", share]) == 0
    written = (tmp_path / "0.5" / "metadata.jsonl").read_text()
    assert sum(any(c.isdigit() for c in json.loads(line)["text"]) for line in written.splitlines()) >= 3
    capsys.readouterr()
    with pytest.raises(SystemExit, match="2"):
        main(["synth", "--out", str(tmp_path / "no"), "--numbers", "2"])
    assert "2 is no share" in capsys.readouterr().err


@pytest.mark.slow
def test_train_from_flags_and_resume(line_folder, tmp_path, capsys):
    run = tmp_path / "run"
    flags = ["--steps", "2", "--batch-size", "2", "--seed", "1", "--checkpoint-every", "1", "--validate-every", "2"]
    assert main(["train", "--data", str(line_folder), "--preset", "small", *flags, "--out", str(run)]) == 0
    assert load_checkpoint(run / "checkpoints" / "best").config.preset == "small"
    assert main(["train", "--resume", str(run)]) == 0
    assert "finished at step 2 of 2" in capsys.readouterr().out
    assert main(["train", "--data", str(line_folder), "--out", str(run)]) == 2
    assert "already holds a run" in capsys.readouterr().err


def test_what_a_resumed_run_cannot_follow_is_named(tmp_path, capsys):
    flags = ["--steps", "3", "--no-augment", "--data", "/nowhere", "--estimate"]
    assert main(["train", "--resume", str(tmp_path / "run"), *flags]) == 2
    assert "--data, --estimate, --steps, --no-augment cannot be changed" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["synth", "-n", "1"],
        ["train", "--steps", "1", "--data", "DATA"],
        ["export-onnx", "--model", "MODEL"],
        ["train-ngram", "--text", "TEXT"],
        ["train-lm", "--text", "TEXT", "--validation", "TEXT"],
        ["data", "DATA"],
        ["gates", "--model", "MODEL", "--image", "IMAGE"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_output_that_cannot_be_written_is_one_line(arguments, model, line_folder, line_image, tmp_path, capsys):
    (tmp_path / "file").write_text("a line of text\n")
    named = {"MODEL": model, "DATA": str(line_folder), "TEXT": str(tmp_path / "file"), "IMAGE": line_image}
    out = tmp_path / "file" / "deeper"
    assert main([*(named.get(a, a) for a in arguments), "--out", str(out)]) == 2
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 1
    assert str(out) in err[0]
    assert "cannot be written" in err[0]


def test_a_full_disk_is_one_line(tmp_path, monkeypatch, capsys):
    def fail(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hwr.data.dataset.write_imagefolder", fail)
    assert main(["synth", "-n", "1", "--out", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err == f"hwr: {tmp_path / 'new'} cannot be written: No space left on device.\n"


def test_importing_an_unusable_file_is_one_line(tmp_path, capsys):
    (tmp_path / "a.pt").write_bytes(b"no weights")
    np.save(tmp_path / "classes.npy", np.array(["a", "b"]))
    arguments = ["import-checkpoint", str(tmp_path / "a.pt"), "--charset", str(tmp_path / "classes.npy")]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_iam_becomes_a_data_set(tmp_path, drawn_line, capsys):
    from hwr.data.dataset import read_imagefolder

    iam = tmp_path / "iam"
    (iam / "lines" / "a01" / "a01-000u").mkdir(parents=True)
    for i, text in enumerate(["abc", "cab"]):
        Image.fromarray(drawn_line(text)).save(iam / "lines" / "a01" / "a01-000u" / f"a01-000u-0{i}.png")
    (iam / "lines.txt").write_text("a01-000u-00 ok 154 1 0 0 9 9 abc\na01-000u-01 ok 154 1 0 0 9 9 cab|abc\n")
    (tmp_path / "test.txt").write_text("a01-000u\n")
    arguments = ["import-iam", str(iam), "--test", str(tmp_path / "test.txt"), "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    assert "2 lines" in capsys.readouterr().out
    assert read_imagefolder(tmp_path / "out", "test").texts == ["abc", "cab abc"]


@pytest.mark.parametrize("arguments", [["read"], ["train", "--steps", "many"], ["nothing"], []])
def test_wrong_usage_is_one_line_and_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("hwr: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["read", "align", "evaluate", "train", "synth", "import-iam", "import-checkpoint"])
def test_help_is_there(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert command in capsys.readouterr().out


@pytest.mark.slow
def test_importing_hwr_loads_nothing_heavy_and_opens_no_connection():
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = refuse\n"
        "import hwr\n"
        "heavy = [m for m in ('torch', 'gradio', 'transformers', 'cv2', 'numpy') if m in sys.modules]\n"
        "assert not heavy, heavy\n"
        "hwr.Reader, hwr.evaluate\n"
        "assert 'gradio' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
