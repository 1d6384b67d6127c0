# Kennisstand: two commands do it all on a machine with Python 3.11+ and make.
#   make demo   install, scan the bundled examples, say where the report lies
#   make test   install what tests need, check style, types and borders, run the tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.PHONY: help install install-dev demo test lint lock models examples strings clean

help:
	@sed -n 's/^#   //p' Makefile

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 of nieuwer is nodig / Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.8"

$(VENV)/.installed: $(UV) requirements.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: $(UV) requirements-dev.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@ $(VENV)/.installed

install: $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

demo: install
	$(BIN)/kennisstand demo

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Rewrite the locks after a change in pyproject.toml.
lock: $(UV)
	$(UV) pip compile --quiet --generate-hashes --override overrides.txt --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --generate-hashes --override overrides.txt --no-emit-index-url --custom-compile-command "make lock" --group dev pyproject.toml -o requirements-dev.lock

# Train the shipped models again from models/training (minutes; the same input gives the same files).
models: install-dev
	$(BIN)/python -m flows.train

# Make the bundled example documents again from their written sources.
examples: install-dev
	$(BIN)/python -m pipelines.examples.build

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache build dist

# Compile the Dutch of the command-line library after a change in pipelines/strings/locale.
strings: install-dev
	$(BIN)/pybabel -q compile -d pipelines/strings/locale -l nl
