# Everything a contributor runs; `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup lock demo test lint docs bench soak hub servers clean

BIN := .venv/bin
READY := .venv/.ready

help:  ## List the targets
	@sed -nE 's/^([a-z%-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(READY)  ## Make .venv from requirements.lock, with every extra

# The Pythons of pyenv come last on PATH, so that uv finds one before it downloads one.
PYENVS := $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/*/bin
$(READY): export PATH := $(PATH)$(shell printf ':%s' $(PYENVS))
$(READY): requirements.lock pyproject.toml
	@echo "setup 1/3: a Python environment in .venv"
	@$(BIN)/python --version >/dev/null 2>&1 || { rm -rf .venv && .ci/uv venv --quiet .venv; }
	@echo "setup 2/3: $$(grep -c == requirements.lock) packages, as pinned in requirements.lock"
	@.ci/uv pip sync --quiet --python .venv --compile-bytecode requirements.lock
	@echo "setup 3/3: pangeo itself"
	@.ci/uv pip install --quiet --python .venv --no-deps --editable .
	@touch $@

lock:  ## Pin again, after a change of the dependencies in pyproject.toml
	.ci/uv pip compile pyproject.toml --all-extras --group dev --group docs --universal \
	  --python-version 3.12 --generate-hashes --no-header --no-annotate -q -o requirements.lock

demo: setup  ## From a NetCDF file to the Niño 3.4 figure
	$(BIN)/pangeo demo

test: setup  ## Run the tests
	$(BIN)/pytest

lint: setup  ## Style, types, and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: setup  ## Build the documentation into docs/_build; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build

bench: setup  ## Measure, and print the tables
	@for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script; done

bench-%: setup  ## Measure one thing: make bench-ingest
	$(BIN)/python benchmarks/bench_$*.py

soak: setup  ## The long tests that `make test` leaves out
	$(BIN)/pytest -m soak -rP --show-capture=stdout

hub:  ## Bring up a JupyterHub for a group on this machine, as root; see deploy/hub
	deploy/hub/up

servers:  ## Install what tests start or compare with: Slurm, a hub, a browser, CDO; on Debian, as root
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  cdo chromium iproute2 munge passwd patchelf slurm-wlm slurm-wlm-torque util-linux

clean:  ## Remove whatever the other targets made
	rm -rf .venv .uv docs/_build docs/jupyter_execute
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests benchmarks docs -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
