# Every target makes the environment it needs: Python 3.11, 3.12 or 3.13 and a network on the first run are all it takes.
#
#   make setup                   the virtualenv .venv, exactly as requirements.lock says
#   make demo                    a real feed through embedded Kafka and Redis, with its alerts
#   make test                    the whole suite on embedded Kafka and Redis
#   make test KAFKA=apache       the integration and chaos tests on Apache Kafka (needs Java 17 and Maven)
#   make test KAFKA=host:port    the integration tests on a broker of yours
#   make integration             the integration and chaos tests alone; takes KAFKA too
#   make check                   format, lint, types, import directions
#   make dashboards              deploy/grafana/dashboards again from their code
#   make bench                   the benchmarks and the peers they are measured against
#   make lock                    requirements.lock again from pyproject.toml; UPGRADE=1 takes newer releases

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
# Written last, so that an interrupted setup is taken up again.
STAMP := $(VENV)/.floorwatch-setup

# Which Python makes the environment; empty looks for one that will do.
PYTHON ?=
# embedded, apache or host:port.
KAFKA ?= embedded
# Passed on to pytest, e.g. ARGS="-k floor -x", and to the demo and the benchmarks.
ARGS ?=
UPGRADE ?=

SUPPORTED := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# Tests that need no server of their own: they run side by side, on every core.
PURE_TESTS := tests/unit tests/property tests/conformance tests/history

# Tests that mostly wait for servers of their own: two files at a time.
ifeq ($(KAFKA),embedded)
SERVER_TESTS := tests/functional tests/integration
else
SERVER_TESTS := tests/integration
endif
# Tests that kill, stop and cut: one at a time.  A broker of yours is neither stopped nor restarted.
CHAOS_TESTS := $(if $(filter embedded apache,$(KAFKA)),tests/chaos)
# What to run instead of everything: TESTS=tests/unit/test_cells.py
TESTS ?=

PYTEST = FLOORWATCH_TEST_KAFKA=$(KAFKA) $(BIN)/python -m pytest
IN_PAIRS := --numprocesses 2 --dist loadfile
# What the broker has no part in is tested with the embedded one alone.
SUITABLE := $(if $(filter embedded,$(KAFKA)),,-m "not once")
# Of several runs one may have nothing to do with what ARGS asks for: that is no failure.
OR_NOTHING = || [ $$? -eq 5 ]

.PHONY: help setup demo test integration check dashboards bench lock

help:
	@sed -n 's/^#   //p' Makefile

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@python=''; \
	for candidate in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  if "$$candidate" -c '$(SUPPORTED)' >/dev/null 2>&1; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "No Python that will do among: $(or $(PYTHON),python3 python3.13 python3.12 python3.11)." >&2; \
	  echo "Floorwatch needs Python 3.11, 3.12 or 3.13 with the modules venv and ensurepip (Debian: package python3-venv)." >&2; \
	  echo "Name one with: make setup PYTHON=/path/to/python3.12" >&2; \
	  exit 1; \
	fi; \
	if ! $(BIN)/python -c '$(SUPPORTED)' >/dev/null 2>&1; then "$$python" -m venv --clear $(VENV); fi
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-index --no-deps --no-build-isolation --editable .
	@touch $@

# Tokens and webhooks of the demo stay in the checkout, apart from those of an installation.
demo: export FLOORWATCH_STATE_DIR ?= .floorwatch/demo
demo: $(STAMP)
	$(BIN)/floorwatch demo $(ARGS)

test: $(STAMP)
ifneq ($(TESTS),)
	$(PYTEST) $(TESTS) $(ARGS)
else
ifeq ($(KAFKA),embedded)
	$(PYTEST) $(PURE_TESTS) --numprocesses auto --dist worksteal $(ARGS) $(OR_NOTHING)
endif
	$(PYTEST) $(SERVER_TESTS) $(IN_PAIRS) $(SUITABLE) $(ARGS) $(OR_NOTHING)
ifneq ($(CHAOS_TESTS),)
	$(PYTEST) $(CHAOS_TESTS) $(SUITABLE) $(ARGS) $(OR_NOTHING)
endif
endif

integration: $(STAMP)
	$(PYTEST) tests/integration $(CHAOS_TESTS) $(ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

dashboards: $(STAMP)
	$(BIN)/python -m deploy.grafana.boards

bench: $(STAMP)
	$(BIN)/python -m bench $(ARGS)

lock: $(STAMP)
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) \
	  --quiet --output-file requirements.lock
