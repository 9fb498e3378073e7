PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo check test docs bench corpus

setup: $(READY)

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $(READY)

# Shows what the tool makes of a small legacy suite; diff exits with 1 because there is something to change.
demo: $(READY)
	$(BIN)/codemods diff fixtures/demo || test $$? -eq 1

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m codemods.docs --check
	$(BIN)/python -m pytest -n auto

test: $(READY)
	$(BIN)/python -m pytest -n auto

docs: $(READY)
	$(BIN)/python -m codemods.docs

bench: $(READY)
	$(BIN)/python benchmarks/speed.py $(SUITES)

corpus: $(READY)
	$(BIN)/python benchmarks/corpus.py
