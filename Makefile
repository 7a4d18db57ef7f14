# `make` lists the targets. All but help and clean first see that the virtual environment is there and up to date.

PYTHON ?= python3
VENV   ?= .venv
LINUX  ?= 0

BIN    := $(abspath $(VENV))/bin
STAMP  := $(VENV)/.made
INPUTS := requirements.txt requirements-tests.txt requirements-dev.txt galaxy.yml tests/tools/checkout.py tests/tools/fetch_collections.py \
          tests/lab/octopus/clients/package.json

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
export PATH := $(BIN):$(PATH)
unexport PYTHONPATH

##@ Use
.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
	@printf '\nPYTHON=/path/to/python picks the Python (3.10 or newer) that makes the environment, VENV=folder where it goes.\n'

.PHONY: setup
setup: $(STAMP) ## make or refresh the virtual environment; every target below does it first

$(STAMP): $(INPUTS)
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 10) and sys.exit("Python 3.10 or newer is needed: make setup PYTHON=/path/to/it")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m tests.tools.fetch_collections
	@if command -v npm >/dev/null; then \
	  mkdir -p $(VENV)/clients && cp tests/lab/octopus/clients/package.json $(VENV)/clients && \
	  npm install --prefix $(VENV)/clients --ignore-scripts --no-audit --no-fund --no-package-lock \
	    --fetch-retries=0 --fetch-timeout=20000 --loglevel=error >/dev/null || \
	  echo "npm could not install Octopus's client: the one test with it is left out."; \
	fi
	@touch $@

.PHONY: demo
demo: setup ## bootstrap 20 emulated Windows machines that listen, poll and work, again, and again after three were destroyed; LINUX=2 adds two real Linux ones
	$(BIN)/python -m tests.lab demo --linux $(LINUX)

.PHONY: bench
bench: setup ## measure a fresh bootstrap and an unchanged rerun beside the floor; Linux hosts too where there is root
	$(BIN)/python -m tests.bench

.PHONY: generate
generate: setup ## write what is made from the table of options: the role's defaults and specification, README's tables
	$(BIN)/python -m tests.tools.generate

##@ Check
.PHONY: test
test: lint unit sanity integration molecule ## everything below but oldest, newest and matrix, the quickest to fail first
	@why="$$($(BIN)/python -m tests.tools.molecule --left-out)"; \
	if test -z "$$why"; then \
	  printf '\nmake test: lint, unit, sanity, integration and molecule passed.\n'; \
	else \
	  printf '\nmake test: lint, unit, sanity and integration passed; molecule, and tests with Linux hosts, were left out. %s\n' "$$why"; \
	fi

.PHONY: lint
lint: setup ## ruff, mypy, what is generated, antsibull-changelog, ansible-lint (profile production)
	$(BIN)/ruff check
	$(BIN)/mypy -p ansible_collections.octoboot.octopus.plugins -p tests
	$(BIN)/python -m tests.tools.generate --check
	$(BIN)/antsibull-changelog lint
	$(BIN)/ansible-lint

.PHONY: unit
unit: setup ## unit tests: the thinking, and the lab's own; the use cases and the reader of inputs are to be covered (pyproject.toml)
	$(BIN)/python -m pytest tests/unit -n 4 --cov --cov-report=term:skip-covered

.PHONY: sanity
sanity: setup ## ansible-test sanity on what is shipped
	$(BIN)/python -m tests.tools.sanity

.PHONY: integration
integration: setup ## the real ansible-playbook over the lab
	$(BIN)/python -m pytest tests/integration -n 3 --dist loadscope --no-loadscope-reorder

.PHONY: molecule
molecule: setup ## Molecule's scenarios on real Linux hosts; left out where there is no root
	$(BIN)/python -m tests.tools.molecule

.PHONY: smoke
smoke: setup ## the few integration tests that show the whole way
	$(BIN)/python -m pytest tests/integration -n 2 -m smoke

.PHONY: doctor-real
doctor-real: setup ## say which of the tests against real things (PowerShell, Linux machines, recordings) can run on this machine
	@$(BIN)/python -m tests.tools.real

.PHONY: oldest
oldest: setup ## smoke tests, and the unit tests that touch Ansible, with the oldest ansible-core
	$(BIN)/python -m tests.tools.matrix --short 2.16

.PHONY: newest
newest: setup ## the same with the newest ansible-core, on the newest Python here
	$(BIN)/python -m tests.tools.matrix --short newest

.PHONY: matrix
matrix: setup ## unit and smoke tests and ansible-test sanity with every ansible-core that is supported (an hour)
	$(BIN)/python -m tests.tools.matrix

##@ Ship
.PHONY: build
build: setup ## the collection's tarball, in build/
	$(BIN)/python -m tests.tools.build

.PHONY: clean
clean: ## remove what the targets made, the virtual environments too
	rm -rf build logs .venv .matrix .ansible .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
