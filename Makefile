# Two commands: `make run` and `make test`. Both set up what is missing first.
# HOST, PORT, DATA_DIR and GIINT_DEMO_PASSWORD are taken from the environment or from .env.
# PYTHON=python3.12 chooses the Python that .venv is made with.

.DEFAULT_GOAL := help
.PHONY: help run setup test faults check bench events reference pins env format image
MAKEFLAGS += --no-print-directory

BASE := $(or $(PYTHON),$(shell command -v python3 || command -v python3.13 || command -v python3.12 || command -v python3.11 || echo python3))
SETUP := $(BASE) scripts/setup.py $(if $(PYTHON),--exact)
BIN := .venv/bin
# Tests read their variables from a file of their own and never see an operator's account.
ALONE := env $(addprefix -u ,OPENAI_API_KEY OPENAI_API_BASE OPENAI_MODEL DATABASE_URL HOST PORT DEBUG \
	EMAIL_URL EMAIL_FROM LOG_LEVEL GIINT_ORIGINS GIINT_SIGNUP GIINT_DEMO_PASSWORD GIINT_PRIVATE_HOSTS \
	OPENWEATHER_API_KEY OPENWEATHER_BASE SEARXNG_URL GIINT_DDGS GIINT_DRAIN GIINT_RUN_SLOTS \
	GIINT_SYNC_EVERY GIINT_CATALOGUE_TTL GIINT_EMBEDDED GIINT_DEBUG_ASSISTANTS GIINT_ASSISTANT_IDLE \
	GIINT_SHARED_ACCOUNT GIINT_OFFLINE REDIS_URL GIINT_FILE_SIZE GIINT_IMPORT_SIZE GIINT_APPROVAL_HOURS \
	GIINT_CONSOLE_RATE) GIINT_ENV_FILE=$(CURDIR)/tests/test.env

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run:  ## set up what is missing, then start the server
	@$(SETUP)
	@exec $(BIN)/python scripts/serve.py

setup:  ## set up what is missing, and nothing else
	@$(SETUP)

env:  ## write .env alone, with fresh secrets (for compose)
	@$(BASE) scripts/setup.py --env

test:  ## every test; nothing is fetched once the set-up is done
	@$(SETUP) --dev
	@$(ALONE) $(BIN)/python -m pytest -n 2 --dist loadfile -q $(ARGS)
	@$(BIN)/python -m scripts.client node --test tests/client/*.test.mjs

faults:  ## break things on purpose, for long: ONLY=8,12 TRIALS=100 SEED=abc; adds to docs/reliability.md
	@$(SETUP) --dev
	@$(ALONE) $(BIN)/python -m tests.faults --only "$(ONLY)" --trials $(or $(TRIALS),0) --seed "$(SEED)"

check:  ## every gate: style, types, layers, migrations, generated files, deployment, pins
	@$(SETUP) --dev
	@$(ALONE) $(BIN)/python -m scripts.check

bench:  ## measure beside a bare relay and write docs/performance.md (ARGS=--quick, ARGS="--only turn")
	@$(SETUP) --dev
	@$(ALONE) $(BIN)/python -m benchmarks $(ARGS)

format:  ## let ruff format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

events:  ## make docs/events.md and the client's types from giint/core/events.py
	@$(BIN)/python scripts/events.py

reference:  ## make .env.example and the tables in docs from the code
	@$(BIN)/python -m scripts.reference

pins:  ## compile the requirements files anew, with hashes
	@for name in requirements requirements-ddgs requirements-dev requirements-node; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-header $$name.in -o $$name.txt || exit 1; \
	done

image:  ## repeat the image's steps in a clean folder, without Docker
	@$(BIN)/python -m scripts.image_steps
