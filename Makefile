# make demo   set everything up and open the app        make test   set everything up and check everything
# make quick  the tests without a browser and without what is slow
# make bench  the speed tables                          make train-default DATA=...   train the shipped weights
#                                                       make train-language DATA=...  and the shipped language side
# make browser  a Chromium for the tests               make screenshots  the pictures of the README
# make space  the folder of a Hugging Face Space, checked and tried; REPO=owner/name HF_TOKEN=... pushes it
PYTHON ?= python3
VENV ?= .venv
# Without a GPU of NVIDIA a torch without CUDA is fetched; TORCH="..." tells pip of another one.
TORCH ?=
BIN = $(VENV)/bin

.PHONY: demo test quick lint constraints bench space wheel browser screenshots train-default train-language unlabelled-sets french-ngram few-lines-sets clean

demo: $(VENV)/.app
	$(BIN)/python app.py --open

# Two processes, a file of tests to each, with one thread of torch's: on two cores half the time. Browsers want both.
JOBS ?= 2
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile
test: $(VENV)/.dev lint
	$(PYTEST) -m "not browser"
	$(BIN)/python -m pytest tests/browser

quick: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(PYTEST) -q --ignore tests/browser -m "not slow"

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python

# The versions that were last tested together.
constraints: $(VENV)/.dev
	$(BIN)/python -m pip freeze --exclude-editable --exclude torch > constraints.txt

bench: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.table --json assets/benchmarks.json --curves assets/benchmarks.svg --readme README.md

HARDWARE ?= cpu-basic
space: $(VENV)/.dev
	$(BIN)/python -m tests.release.space --out build/space --hardware $(HARDWARE) --start $(if $(REPO),--push $(REPO))

# A Chromium for the tests where there is none, and the pictures of the README.
browser: $(VENV)/.dev
	$(BIN)/python -m tests.release.browser

screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.release.screenshots

# The package for PyPI, in dist/, tried out.
wheel: $(VENV)/.dev
	$(BIN)/python -m tests.release.wheel --out dist

INSTALL = $(PYTHON) tests/release/install.py
$(VENV)/.torch:
	$(INSTALL) torch --venv $(VENV) $(if $(TORCH),--torch "$(TORCH)")
	touch $@

$(VENV)/.app: $(VENV)/.torch requirements.txt pyproject.toml
	$(INSTALL) app --venv $(VENV)
	touch $@

$(VENV)/.dev: $(VENV)/.app
	$(INSTALL) dev --venv $(VENV)
	touch $@

# The shipped weights. DATA holds the public collections that the model card names: unipen/words.jsonl.gz,
# copiste/lines.zip, text/english_{train,val,test}.txt.gz, fonts/*.ttf. Stop it with Ctrl-C; call it again to go on.
DATA ?= data
RUN ?= runs/default
SETS ?= $(RUN)-sets
HWR = $(BIN)/python -m hwr
STROKES = $(DATA)/unipen/words.jsonl.gz

train-default: $(VENV)/.app $(SETS)/done
	if [ -f $(RUN)/config.yaml ]; then $(HWR) train --resume $(RUN); \
	else DATA=$(abspath $(DATA)) SETS=$(abspath $(SETS)) $(HWR) train --config assets/train-default.yaml --out $(RUN); fi
	$(HWR) publish $(RUN) --out assets/default \
	  --val strokes=$(SETS)/strokes-val:val --val csafe=$(SETS)/csafe-val:val --val memorials=$(DATA)/real/memorials.zip:val \
	  --val copiste=$(DATA)/copiste/lines.zip:val --val typefaces=$(SETS)/fonts-val:val \
	  --test strokes=$(SETS)/strokes-test:test --test sentences=$(SETS)/sentences-test:test \
	  --test csafe=$(SETS)/csafe-test:test --test memorials=$(DATA)/real/memorials.zip:test \
	  --test copiste=$(DATA)/copiste/lines.zip:test --test typefaces=$(SETS)/fonts-test:test \
	  --note "Pen strokes: UNIPEN train_r01_v07 (Guyon et al. 1994), CC-BY-4.0, composed into lines of one writer each" \
	  --note "Scanned lines, all CC-BY-4.0, as they are and with their words set anew: CSAFE Handwriting Database (Crawford, Ray, Carriquiry, Iowa State University; English), Memorials for Jane Lathrop Stanford (HTR students of the Ecole des chartes; English, 1905), Copiste d'un jour (BAnQ; French), CREMMA-AN-TestamentDePoilus (French)" \
	  --note "Scanned lines, all CC-BY-4.0, as they are: DHSD (Riaz et al.; German), peraire-ground-truth, CREMMA-MSS-19, CREMMA-MSS-20, dataset-celestine-doniau-danest, lectaurep-repertoires (French)" \
	  --note "Typefaces: handwriting faces under OFL-1.1 or Apache-2.0" \
	  --readme README.md \
	  --note "Text: English prose from Project Gutenberg, public domain in the US"
	$(HWR) precompute

# The shipped language model, the character n-gram, and what they win. Takes the test sets of train-default.
LM_STEPS ?= 2600
PROSE = $(DATA)/text/english_
train-language: $(VENV)/.app $(SETS)/done
	$(HWR) train-ngram --text $(PROSE)train.txt.gz
	$(HWR) train-lm --text $(PROSE)train.txt.gz --validation $(PROSE)val.txt.gz --out $(RUN)-lm --steps $(LM_STEPS) --numbers 0.01
	$(HWR) publish-lm $(RUN)-lm --test $(PROSE)test.txt.gz $(if $(SMOLLM2),--compare smollm2) \
	  --note "English prose from Project Gutenberg, public domain in the US"
	$(HWR) tune-rescoring --data $(SETS)/sentences-val --data $(SETS)/csafe-val --data $(DATA)/real/memorials.zip --data $(SETS)/digits-val --lm default $(if $(SMOLLM2),--lm smollm2)
	$(HWR) precompute  # with the weights of language that were tuned
	$(HWR) evaluate --data $(SETS)/fonts-val --split val --lm default --examples assets/language-examples
	$(HWR) measure-language --test sentences=$(SETS)/sentences-test:test --test csafe=$(SETS)/csafe-test:test --test "scans, French=$(DATA)/copiste/lines.zip:test" --test digits=$(SETS)/digits-val:val \
	  --lm default $(if $(SMOLLM2),--lm smollm2) --json assets/default/language.json --readme README.md

# One set: $(call drawn,name,split,lines,seed,flags)
drawn = $(HWR) synth --out $(SETS)/$(1)-$(2) --split $(2) -n $(3) --seed $(4) --text $(DATA)/text/english_$(2).txt.gz $(5)
# Words of real lines: $(call cut,name,data)
cut = $(HWR) cut-words $(2) --out $(SETS)/$(1).words.jsonl
# Of the validation writers, those whose labels are not what they wrote (capitals as small letters, strokes of other words).
MISLABELLED = --without 66 403
# Lines to choose and to measure with are made of words cut once, so that figures of other weights stand beside each other.
CSAFE = --words $(DATA)/real/csafe.zip --cuts assets/csafe-cuts.jsonl
$(SETS)/done:
	mkdir -p $(SETS)
	$(call cut,csafe,$(DATA)/real/csafe.zip)
	$(call cut,memorials,$(DATA)/real/memorials.zip)
	$(call cut,poilus,$(DATA)/real/poilus.zip)
	$(call cut,copiste,$(DATA)/copiste/lines.zip)
	$(call drawn,strokes,val,400,11,--strokes $(STROKES) $(MISLABELLED))
	$(call drawn,csafe,val,300,14,$(CSAFE))
	$(call drawn,fonts,val,300,12,--fonts $(DATA)/fonts)
	$(call drawn,sentences,val,500,13,--strokes $(STROKES) $(MISLABELLED) --loose 0)
	$(call drawn,digits,val,200,16,--strokes $(STROKES) --fonts $(DATA)/fonts --loose 0 --numbers 0.15)
	$(call drawn,strokes,test,1000,11,--strokes $(STROKES))
	$(call drawn,csafe,test,500,14,$(CSAFE))
	$(call drawn,fonts,test,800,12,--fonts $(DATA)/fonts)
	$(call drawn,sentences,test,1000,13,--strokes $(STROKES) --loose 0)
	touch $@

# The lines of assets/experiments/unlabelled.yaml: to learn from without their texts, to test on, to choose with.
unlabelled-sets: $(SETS)/done
	for seed in 21:160:120 22:160:120 23:60:40; do set -- $$(echo $$seed | tr : ' '); \
	$(HWR) synth --out $(SETS)/strokes-$$1 --split test -n $$2 --seed $$1 --text $(DATA)/text/english_test.txt.gz --strokes $(STROKES) --loose 0; \
	$(HWR) synth --out $(SETS)/csafe-$$1 --split test -n $$3 --seed $$1 --text $(DATA)/text/english_test.txt.gz $(CSAFE) --loose 0; done

# The French n-gram of assets/experiments/french.yaml, from the texts of train lines.
french-ngram: $(SETS)/french.npz
$(SETS)/french.npz:
	$(HWR) train-ngram --out $@ --lines $(DATA)/copiste/lines.zip $(foreach set,poilus peraire mss19 mss20 celestine repertoires,--lines $(DATA)/real/$(set).zip)

# The few lines of assets/experiments/few-lines.yaml.
few-lines-sets: $(SETS)/done
	$(HWR) synth --out $(SETS)/few-train --split train -n 3000 --seed 31 --text $(PROSE)train.txt.gz --strokes $(STROKES) --loose 0

clean:
	rm -rf $(VENV) build *.egg-info
