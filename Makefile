# Two commands for a newcomer: `make demo` and `make test`. They need python3 (3.11+, with venv and
# pip), git and make; everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One process more than there are cores, four at most: half of their time they wait for servers.
PARALLEL = -n $(shell $(BIN)/python -c "import os; print(min(4, 1 + os.cpu_count()))") \
	--dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip --disable-pip-version-check
# A dot every two seconds while a recipe's line lasts: silence looks like a fault.
DOTS = ( while sleep 2 && kill -0 $$$$ 2>/dev/null; do printf .; done ) & dots=$$!; finish() { \
	kill $$dots; echo; exit $$1; }
# Extras stay in the locks: without them, pip before 23.3 looks for `coverage[toml]` again.
COMPILE := uv pip compile --quiet --universal --generate-hashes --no-strip-extras --no-header --python-version 3.11

.PHONY: demo test coverage lint types lock clean docs soak sandbox schema-check wheel

demo: $(VENV)/.ready
	$(BIN)/reassort demo $(ARGS)

test: lint
	$(BIN)/pytest $(PARALLEL) $(ARGS)

# Which lines and branches no test reaches; fails under 95 %. Takes a third longer.
coverage: lint
	$(BIN)/pytest --cov --cov-report=term $(PARALLEL) $(ARGS)

lint: $(VENV)/.ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/lint-imports

types: $(VENV)/.ready-for-tests
	$(BIN)/pyright

# A gateway in memory for partners' tests: docs/reference/sandbox.md.
sandbox: $(VENV)/.ready
	$(BIN)/reassort sandbox $(ARGS)

# One file for partners' tests, in dist/: docs/how-to/write-contract-tests.md. It needs nothing that is
# installed, but the build's own tool, which pip fetches for itself.
wheel: $(VENV)/.made
	@$(PIP) wheel --quiet --no-deps --wheel-dir dist .
	@ls dist/*.whl

# Names what changed in the schema since the last release; fails when it breaks clients.
schema-check: $(VENV)/.ready
	$(BIN)/reassort schema --check-against $$(ls docs/schemas/*.graphql | sort -V | tail -n 1)

# Half an hour of renewals while processes are killed, on PostgreSQL or SQLite: see tests/trials/soak.
soak: $(VENV)/.ready-for-tests
	PYTHONPATH=. $(BIN)/python -m tests.trials.soak $(ARGS)

# What is written from the code: the schema, the settings page, the state diagram.
docs: $(VENV)/.ready-for-tests
	$(BIN)/python docs/generate.py

# The locks, for every platform. Needs uv.
lock:
	$(COMPILE) $(ARGS) pyproject.toml --all-extras --group build -o requirements.txt
	$(COMPILE) $(ARGS) pyproject.toml --all-extras --group build --group test -c requirements.txt -o requirements-test.txt

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"reassort needs Python 3.11 or later; name one: make demo PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.ready: $(VENV)/.made requirements.txt pyproject.toml
	@echo "Installing into $(VENV), once: half a minute to three minutes, more on a busy machine."
	@$(DOTS); $(PIP) install --quiet --require-hashes -r requirements.txt; finish $$?
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-for-tests: $(VENV)/.ready requirements-test.txt
	@echo "Installing what the tests need, once: one to five minutes, more on a busy machine."
	@$(DOTS); $(PIP) install --quiet --require-hashes -r requirements-test.txt; finish $$?
	@touch $@
