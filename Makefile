# Two commands are enough on a bare machine with Python 3.11+ and make:
#   make demo   a synthetic city, its whole nightly run, a published snapshot
#   make test   the test suite
# Everything is installed into ./.venv from the hashed lock (constraints.txt).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
WORKSPACE ?= workspace
PEOPLE ?= 20000
PYTEST_ARGS ?=
SECONDS_EACH ?= 600
READERS ?=
SHELL := /bin/bash

.PHONY: demo test lint types quality bench peers fuzz up lock clean install

install: $(INSTALLED)

$(INSTALLED): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "OnceGrid needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# A new city each time, so that what is shown is what this checkout does.
demo: $(INSTALLED)
	rm -rf $(WORKSPACE)
	$(BIN)/oncegrid init $(WORKSPACE) --demo --people $(PEOPLE)
	$(BIN)/oncegrid -w $(WORKSPACE) sync
	$(BIN)/oncegrid -w $(WORKSPACE) sql "select street_code, count(*) as residents from resident group by 1 order by 2 desc limit 5"

test: $(INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(INSTALLED)
	$(BIN)/mypy

# The demo city held against its truth, field by field; fails where a gate of the measure does. PEOPLE=200000 for a large one.
quality: $(INSTALLED)
	$(BIN)/python benchmarks/quality.py --people $(PEOPLE)

bench: $(INSTALLED)
	$(BIN)/python benchmarks/demo.py
	$(BIN)/python benchmarks/link_difficulty.py
	$(BIN)/python benchmarks/link.py --both
	$(BIN)/python benchmarks/read.py
	$(BIN)/python benchmarks/normalize.py
	$(BIN)/python benchmarks/pollock.py
	$(BIN)/python benchmarks/hostile.py

# What the linkage benchmark is held against and the lock does not carry; in an environment of its own (benchmarks/peers.in says why).
PEERS := $(VENV)/peers
peers: $(PEERS)/.installed

$(PEERS)/.installed: benchmarks/peers.txt | $(INSTALLED)
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r benchmarks/peers.txt
	@touch $@

# Every reader in turn, SECONDS_EACH each; make fuzz READERS="xlsx json" picks some.
fuzz: $(INSTALLED)
	$(BIN)/python -m tests.fuzz $(READERS) --seconds $(SECONDS_EACH)

up: $(INSTALLED)
	$(BIN)/oncegrid -w $(WORKSPACE) up

# Needs uv. The lock names no index: every installation takes its packages from where pip is told to.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o constraints.txt
	uv pip compile benchmarks/peers.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o benchmarks/peers.txt

clean:
	rm -rf $(VENV) $(WORKSPACE) build *.egg-info
