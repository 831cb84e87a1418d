# Everything a developer does, by name. GNU make >= 3.81, any POSIX shell.
# A word with "## …" after its colon appears in `make help`.

SHELL = /bin/sh
PYTHON ?= python3
VENV_PYTHON = .venv/bin/python
HAS_PYTHON = command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed ($(PYTHON) was not found)." >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo demo-reset test check pictures bench faults messages clean

help: ## this list
	@echo "make <what>:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/\1	\2/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F '	' '{ printf "  %-12s %s\n", $$1, $$2 }'
	@echo "Settings come from the environment, for example: PORT=9000 make demo"

setup: ## install the product into .venv (nothing else, no root)
	@$(HAS_PYTHON)
	@$(PYTHON) scripts/setup.py

setup-test: ## install also what the tests and checks need
	@$(HAS_PYTHON)
	@$(PYTHON) scripts/setup.py --with test

demo: ## start a filled demo on this machine (PORT, default 8000); data stays in demo-data/
	@$(HAS_PYTHON)
	@$(PYTHON) scripts/setup.py demo

demo-reset: setup ## delete the demo's data, so that the next `make demo` starts over
	@$(VENV_PYTHON) scripts/demo.py reset

test: ## every check and test, on SQLite, PostgreSQL and in Chromium
	@$(HAS_PYTHON)
	@$(PYTHON) scripts/setup.py test

check: setup-test ## lint, format, types and import contracts only
	@$(VENV_PYTHON) scripts/test.py check

pictures: setup-test ## photograph every page in every state, both themes, phone and desk: test-artefacts/screenshots/
	@PICTURES=on .venv/bin/python -m pytest -q -n 2 --dist loadfile tests/browser/test_pages_*.py

bench: setup-test ## measure pages and writes on both databases, each beside a bare route
	@$(VENV_PYTHON) scripts/bench.py

faults: setup-test ## kill the server 100 times (ROUNDS) under load, and let two processes meet; about ten minutes
	@$(VENV_PYTHON) scripts/faults.py $(ROUNDS)

messages: setup-test ## extract, update and compile the message catalogues
	@$(VENV_PYTHON) scripts/messages.py

clean: ## remove what make installed and built (.venv, node_modules, caches); data stays
	rm -rf .venv node_modules dist test-artefacts .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .setup-apt.log
	find participation scripts tests alembic -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
