# Everything that is done with Signet. Only Python 3.11 or newer, make and git are needed beforehand.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
STATE := $(CURDIR)/var/state
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
# Twice as many as there are cores: much of a test is waiting for servers, and more than that gain nothing.
WORKERS ?= 4
# Tests share the machine with each other, and deadlines that are met cost nothing.
export TEST_PATIENCE ?= 3
# Each of the many processes of the tests would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

##@ Run
.PHONY: help
help: ## Show this help (the default)
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  \033[36m%-16s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: setup ## Signet with its sandbox; ARGS=--exit leaves when every sample is settled
	SIGNET_STATE=$(STATE) $(BIN)/signet run --sandbox $(ARGS)

##@ Set up (done once; everything below does it by itself)
.PHONY: setup
setup: .venv/.done-run ## A virtual environment with Signet in it

.PHONY: setup-dev
setup-dev: .venv/.done-dev ## The same with the tools for tests and checks

.PHONY: setup-bench
setup-bench: .venv/.done-bench ## The same with the peers that the benchmarks measure against

.PHONY: setup-fuzz
setup-fuzz: .venv/.done-fuzz ## The same with what makes inputs for the fuzzing

.PHONY: services
services: ## The servers that the tests run, from Debian's packages; none of them is started
	@scripts/services.sh

.PHONY: trixie
trixie: ## RabbitMQ 4 and PostgreSQL 17 from Debian trixie, in var/trixie
	@scripts/trixie.sh

.PHONY: long-services
long-services: ## What the long tests need besides, from Debian's packages: a browser, PowerDNS, what exports certificates
	@scripts/long_services.sh

.venv/bin/python:
	@scripts/venv.sh "$(PYTHON)"

.venv/.done-run: requirements/run.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.done-dev: requirements/dev.txt .venv/.done-run
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.done-bench: requirements/bench.txt .venv/.done-dev
	$(PIP) --require-hashes -r requirements/bench.txt
	@touch $@

.venv/.done-fuzz: requirements/fuzz.txt .venv/.done-dev
	$(PIP) --require-hashes -r requirements/fuzz.txt
	@touch $@

##@ Check
.PHONY: check
check: setup-dev ## Style, types, directions of imports, the house's laws, fresh documents
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	@mkdir -p var
	$(BIN)/lint-imports --no-cache >var/imports.txt || { cat var/imports.txt; false; }
	$(BIN)/python -m scripts.generate --check
	$(BIN)/python -m pytest --quiet tests/house

.PHONY: format
format: setup-dev ## Put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: generate
generate: setup-dev ## Write the generated documents again
	$(BIN)/python -m scripts.generate

.PHONY: email-roots
email-roots: setup-dev ## Gather the authorities that are trusted for mail anew, from NSS
	$(BIN)/python -m scripts.refresh_email_roots

##@ Test
.PHONY: test
test: setup-dev services ## Every test but the long ones, and the coverage of domain/ and events/
	@$(BIN)/coverage erase
	scripts/in_memory.sh $(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadfile tests/domain tests/events
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	scripts/in_memory.sh $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/domain --ignore tests/events $(ARGS)

.PHONY: test-long
test-long: setup-dev services long-services test-rabbitmq4 test-postgres17 fuzz ## The tests that take minutes, and properties with many examples
	$(BIN)/python -m pytest -m long --timeout 1800 $(ARGS)
	$(BIN)/python -m pytest -m "" --hypothesis-profile long --timeout 1800 -n $(WORKERS) tests/domain tests/events

.PHONY: test-rabbitmq4
test-rabbitmq4: setup-dev services trixie ## Every test that uses RabbitMQ, against RabbitMQ 4
	TEST_RABBITMQ=4 $(BIN)/python -m pytest -m "rabbitmq and not long" $(ARGS)

.PHONY: test-postgres17
test-postgres17: setup-dev services trixie ## What the stores promise, against PostgreSQL 17
	TEST_POSTGRES=17 $(BIN)/python -m pytest -k "not postgres_15" tests/conformance tests/infra/db $(ARGS)

.PHONY: fuzz
fuzz: setup-fuzz ## What strangers hand in: half a million inputs, led by coverage; ARGS=100 makes it a hundred times as many
	$(BIN)/python -m fuzz $(ARGS)

.PHONY: bench
bench: setup-bench services ## Measure; prints a table
	$(BIN)/python -m benchmarks $(ARGS)

##@ Maintain
.PHONY: lock
lock: setup-dev ## Pin every dependency again, with hashes
	$(COMPILE) pyproject.toml --output-file requirements/run.txt
	$(COMPILE) pyproject.toml --group dev --output-file requirements/dev.txt
	$(COMPILE) pyproject.toml --group dev --group bench --output-file requirements/bench.txt
	$(COMPILE) pyproject.toml --group dev --group fuzz --output-file requirements/fuzz.txt
	$(BIN)/python -m scripts.build_requirements | $(COMPILE) - --output-file requirements/build.txt

.PHONY: clean
clean: ## Remove what can be made again (the state in var/ stays)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
