# make demo   sets up, reads a real match, recognises its events, writes its report; the last line is the report's path
# make test   sets up and runs the tests
# make docs   writes the references from the code; make notebooks runs them and writes their pages; make pictures draws
#             the README's pictures from the demo report
# make sbom   writes build/sbom.json: what the demo installs, with versions, hashes and licences (CycloneDX)
# make audit  asks for known holes in it; make lock pins the newest that fit (requirements/)
# make check  what a change must pass before it is committed: format, lint, types

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: demo test check docs notebooks pictures lock sbom audit clean

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

# The very files that were tested, each by its SHA-256; elsewhere, or with LOCKED=no, the newest that fit pyproject.toml.
LOCKED ?= $(if $(filter Linux-x86_64,$(shell uname -s)-$(shell uname -m)),yes,no)
LOCKS := requirements/torch.txt requirements/demo.txt # torch first
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
ifeq ($(LOCKED),yes)
# torch as the index has it, with CUDA or without: fetched first, so that the index chooses, then held against both hashes
PINNED = { $(BIN)/pip download --quiet --disable-pip-version-check --no-deps -d .venv/torch "$$(grep -o '^torch==[^ ]*' $<)" \
	&& $(PIP) --require-hashes --no-deps --no-index --find-links .venv/torch -r $< && rm -r .venv/torch \
	&& $(PIP) --require-hashes --no-deps -r requirements/demo.txt; }
OURS = $(PIP) --no-build-isolation
else
PINNED = echo "No files are pinned for this platform: the newest that fit are installed" >&2
OURS = $(PIP)
endif
INSTALLED = || { cat .venv/pip.log >&2; echo "To do without pinned files: make LOCKED=no $(MAKECMDGOALS)" >&2; exit 1; }

.venv/installed: $(LOCKS) pyproject.toml | .venv/bin/python
	@echo "Installing sportsai into .venv (once; a few minutes)" >&2
	@$(PINNED) 2>.venv/pip.log && $(OURS) -e . 2>.venv/pip.log $(INSTALLED)
	@touch $@

.venv/installed-for-tests: $(LOCKS) pyproject.toml | .venv/bin/python
	@echo "Installing sportsai and its tests' tools into .venv (once; a few minutes)" >&2
	@$(PINNED) 2>.venv/pip.log && $(OURS) -e '.[graphs,plots,scale,dev]' 2>.venv/pip.log $(INSTALLED)
	@touch $@ .venv/installed

lock sbom audit: .venv/installed-for-tests
	@$(BIN)/python .ci/$@.py

clean:
	rm -rf .venv demo sportsai-library build dist
