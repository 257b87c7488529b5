# `make` alone lists the targets. Everything is installed into this folder; nothing but Python and
# Node is needed.
PYTHON ?= python3
PORT ?= 8080
# What pytest is given: `make test ARGS=tests/portal`.
ARGS ?=
WORKERS ?= 2

BIN := .venv/bin
PYTEST := $(BIN)/pytest
ON_SQLITE := $(PYTEST) -n $(WORKERS)
# In one process: readers of the event log wait for every open transaction of the server, whichever
# database it is in, so one worker's test would hold back the other's.
ON_POSTGRES := PORTAL_TEST_DATABASE=postgres $(PYTEST)
# 5: nothing was collected, as where ARGS names tests for the other database only.
OR_NOTHING := || test $$? -eq 5
# Checks look at the code alone: their data is not the portal's.
CHECK_ENV := PORTAL_DATA_DIR=.cache/check
PRODUCTION_ENV := $(CHECK_ENV) PORTAL_DATABASE_URL=postgres://portal@db.example/portal \
	PORTAL_REDIS_URL=redis://redis.example PORTAL_ALLOWED_HOSTS=portal.example PORTAL_TLS=true \
	PORTAL_SECRET_KEY=for-the-check-only-0123456789-abcdefghijklmnopqrstuvwxyz

.PHONY: help run test test-slow check fix bench screenshots lock clean
.DEFAULT_GOAL := help

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

# The samples that the demo is for change passwords to "1" and "2".
run: .venv/installed node_modules/installed ## Install, migrate, load the demo once, serve with live traffic (PORT, PORTAL_DATA_DIR)
	@$(BIN)/python manage.py migrate --noinput --verbosity 0
	@$(BIN)/python manage.py loaddemo
	@PORTAL_PASSWORD_MIN_LENGTH=$${PORTAL_PASSWORD_MIN_LENGTH:-1} exec $(BIN)/python manage.py serve --simulate --port $(PORT)

test: .venv/installed-dev node_modules/installed ## All tests but the slow ones: on SQLite, then on PostgreSQL and Redis (ARGS, WORKERS)
	$(ON_SQLITE) $(ARGS) $(OR_NOTHING)
	$(ON_POSTGRES) $(ARGS) $(OR_NOTHING)

test-slow: .venv/installed-dev node_modules/installed ## The proofs that take long
	$(ON_SQLITE) -m slow $(ARGS) $(OR_NOTHING)
	$(ON_POSTGRES) -m slow $(ARGS) $(OR_NOTHING)

check: .venv/installed-dev node_modules/installed ## Lint, format, types, import contracts, templates, system checks, migrations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(CHECK_ENV) $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint . --check --lint --allow-empty-input
	node_modules/.bin/tsc
	$(CHECK_ENV) $(BIN)/python manage.py check
	$(PRODUCTION_ENV) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run

fix: .venv/installed-dev ## Repair what ruff and djlint can repair
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	-$(BIN)/djlint . --reformat --quiet --allow-empty-input

bench: .venv/installed-dev ## Ratios, each against something else in the same run
	$(BIN)/python -m benchmarks

screenshots: .venv/installed-dev node_modules/installed ## Take the pictures of the docs anew, from the tests
	$(PYTEST) -m "browser" tests/browser/test_every_page.py
	cp test-results/wallboard-wide-light.png docs/images/wallboard.png

# The addresses of the registry are this machine's, so they are left out; the hashes are not.
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header -q
lock: .venv/installed-dev ## Lock the dependencies of pyproject.toml and package.json anew
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	npm install --package-lock-only

clean: ## Remove all that was installed, built or measured; the data in var/ stays
	rm -rf .venv node_modules .cache test-results .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- What targets need --------------------------------------------------------------------------
# Twice quiet: errors only.
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'The portal needs Python 3.11 or newer as "$(PYTHON)"; "make PYTHON=/path/to/python3 ..." names another.' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
		echo 'Python could not make a virtual environment; on Debian and Ubuntu the package python3-venv is needed.' >&2; exit 1; }
	@touch $@

.venv/installed: requirements.txt | .venv/created
	@echo 'Installing Python packages into .venv ...'
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt | .venv/installed
	@echo 'Installing the development packages into .venv ...'
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

node_modules/installed: package.json package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { \
		echo 'The portal needs Node 20 or newer as "node", for the libraries that browsers load.' >&2; exit 1; }
	@echo 'Installing browser libraries into node_modules ...'
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
