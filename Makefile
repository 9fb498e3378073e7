PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo lint check check-all test test-rule docs bench corpus

setup: $(READY)

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $(READY)

# Shows what the tool makes of a small legacy suite; diff exits with 1 because there is something to change.
demo: $(READY)
	$(BIN)/codemods diff fixtures/demo || test $$? -eq 1

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m codemods.docs --check

check: lint test

# With every sample for every law, and with what needs processes of its own: takes long.
check-all: lint
	TEST_EVERYTHING=1 $(BIN)/python -m pytest -n auto

test: $(READY)
	$(BIN)/python -m pytest -n auto

# The tests of one rule: make test-rule CODE=PAM108
test-rule: $(READY)
	@test -n "$(CODE)" || { echo "say which: make test-rule CODE=PAM108" >&2; exit 2; }
	TEST_RULE=$(CODE) $(BIN)/python -m pytest -q -k $(CODE) tests/test_laws.py tests/test_fixtures.py tests/test_outcomes.py

docs: $(READY)
	$(BIN)/python -m codemods.docs

# Measures how fast it is on the repositories of a folder, and writes benchmarks/README.md: make bench SUITES=FOLDER
bench: $(READY)
	@test -n "$(SUITES)" || { echo "say where repositories are: make bench SUITES=FOLDER" >&2; exit 2; }
	$(BIN)/python benchmarks/bench.py $(SUITES)

corpus: $(READY)
	$(BIN)/python benchmarks/corpus.py
