# Needs Python 3.11 or newer, make and a package index; everything else is set up in .venv.
# What you type first: `make run`, then `make test`. `make help` lists the rest.

.DEFAULT_GOAL := help
.PHONY: help run test check fix bench forms coverage examples differential conformance clean

# The first interpreter that is new enough and can make a virtual environment. PYTHON=... overrides it.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=

help: ## This list.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/' | expand -t 20

run: $(VENV)/.run ## Set up, then serve with the embedded store and the demo content (PASSAGE_HOST, PASSAGE_PORT, PASSAGE_STORE_URL).
	@exec $(BIN)/passage serve

test: $(VENV)/.dev ## Set up, then run all tests that this machine can run; the rest is skipped aloud. PYTEST_ARGS=... goes to pytest.
	@$(BIN)/pytest -n auto --dist loadgroup $(PYTEST_ARGS)

check: $(VENV)/.dev ## Lint, format, strict types, import contracts, architecture, generated files fresh.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m conformance.coverage --check
	$(BIN)/python -m tests.documents.pas_page --check
	$(BIN)/pytest -q tests/architecture

fix: $(VENV)/.dev ## Let ruff mend what it can, and write the generated files anew.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m conformance.coverage
	$(BIN)/python -m tests.documents.pas_page

coverage: $(VENV)/.dev ## Write conformance/coverage.md anew.
	$(BIN)/python -m conformance.coverage

examples: $(VENV)/.dev ## Write the examples of docs/pas.md anew, from the running application.
	$(BIN)/python -m tests.documents.pas_page

bench: $(VENV)/.dev ## Measure two minutes and write bench/results (BENCH_ARGS=--long for the full run).
	$(BIN)/python -m bench.run $(BENCH_ARGS)

conformance: $(VENV)/.dev ## Run the public test kits and write conformance/results (needs PASSAGE_SHARED and Java; SUITES="pas-2.2.1").
	$(BIN)/python -m conformance.kits $(SUITES)

differential: $(VENV)/.dev ## Compare the validator with HL7's on every example and 2,700 mutants (ten minutes; needs PASSAGE_SHARED and Java).
	PASSAGE_DIFFERENTIAL=all $(BIN)/pytest -n0 tests/conformance/test_differential.py $(PYTEST_ARGS)

forms: ## Compile the CQL of the forms to ELM (needs Node 20).
	cd questionnaires/build && npm ci && npm run forms

clean: ## Remove the virtual environment and all caches.
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist

# A stamp per set of packages: the second run starts at once, a changed pyproject.toml installs again.
$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo "Installing Passage into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[mongo]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing Passage and its development tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.run

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Passage needs Python 3.11 or newer with the venv module; none of python3, python3.13, python3.12, python3.11 is one." >&2; \
		echo "Install it (Debian and Ubuntu: apt install python3 python3-venv), or name yours: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)
