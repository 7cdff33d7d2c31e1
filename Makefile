# make demo   sets up, reads a real match, recognises its events, writes its report; the last line is the report's path
# make test   sets up and runs the tests
# make docs   writes the references from the code; make notebooks runs them and writes their pages; make pictures draws
#             the README's pictures from the demo report
# make check  what a change must pass before it is committed: format, lint, types

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: demo test check docs notebooks pictures clean

demo: .venv/installed
	@$(BIN)/sportsai demo

test: .venv/installed-for-tests
	@OMP_NUM_THREADS=1 MPLBACKEND=Agg $(BIN)/python -m pytest -n 2

check: .venv/installed-for-tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

docs notebooks pictures: .venv/installed-for-tests
	@OMP_NUM_THREADS=1 $(BIN)/python -m sportsai.docs $(subst docs,reference,$@)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "sportsai needs Python 3.11; found $$($(PYTHON) --version). Run: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	@echo "Installing sportsai into .venv (once; a few minutes)" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check -e . 2>.venv/pip.log || { cat .venv/pip.log >&2; exit 1; }
	@touch $@

.venv/installed-for-tests: pyproject.toml | .venv/bin/python
	@echo "Installing sportsai and its tests' tools into .venv (once; a few minutes)" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[graphs,plots,scale,dev]' 2>.venv/pip.log || { cat .venv/pip.log >&2; exit 1; }
	@touch $@ .venv/installed

clean:
	rm -rf .venv demo sportsai-library build dist
