# The four commands of everyday work. Each sets up what it needs, and is quick the second time.
#
#   make serve    a server on 127.0.0.1:8000         ARGS="--port 9000 --config my.toml" are handed on
#   make check    format, lint, types, layers, and the fast tests: under a minute
#   make test     check, and everything that runs real engines, processes and servers
#   make bench    latency, interruption, hearing, cost and memory, refusal: JSON and tables, half an hour
#
#   make lock     new lock files from pyproject.toml     UPGRADE=1 takes the newest of everything
#   make format   rewrite the code as `make check` wants it

VENV := .venv
PYTHON := $(VENV)/bin/python
ARGS ?=
TESTS ?= tests

.PHONY: serve check test bench lock format lint clean
.DEFAULT_GOAL := serve

$(VENV)/.serve: requirements/serve.txt pyproject.toml scripts/bootstrap scripts/install
	@scripts/bootstrap $(VENV)
	@scripts/install $(VENV) serve

$(VENV)/.test: requirements/test.txt pyproject.toml scripts/bootstrap scripts/install
	@scripts/bootstrap $(VENV)
	@scripts/install $(VENV) test

serve: $(VENV)/.serve
	@exec $(PYTHON) -m ovos_voice_agent serve $(ARGS)

lint: $(VENV)/.test
	@scripts/lint $(VENV)

check: lint
	@$(PYTHON) -m pytest -q -m "not real and not slow and not extra" $(TESTS)

test: lint
	@$(PYTHON) -m pytest -q -m "not extra" $(TESTS)
	@scripts/test-extras $(TESTS)

bench: $(VENV)/.test
	@$(PYTHON) scripts/bench.py $(ARGS)

format: $(VENV)/.test
	@$(PYTHON) -m ruff check --fix --quiet .
	@$(PYTHON) -m ruff format .

lock: $(VENV)/.test
	@scripts/lock $(VENV)

clean:
	rm -rf $(VENV) .cache build dist
