# What one does with wdj. `make` alone prints this list.

PYTEST_ARGS ?=
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run sample test check style bench lock clean ready

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/requirements.stamp ## the site with a sample county on http://127.0.0.1:8000 (WDJ_BIND changes it)
	@sh deploy/install-parts.sh run
	@$(BIN)/flask --app wsgi wdj prepare
	@exec $(BIN)/flask --app wsgi wdj serve

sample: .venv/requirements.stamp ## two years of posts, comments and reads for the sample county, once; then make run
	@sh deploy/install-parts.sh run
	@$(BIN)/flask --app wsgi wdj sample

test: ready ## all tests; PYTEST_ARGS='-k wishes' for some
	@$(BIN)/pytest $(PYTEST_ARGS)

check: style ## style, types and the rules of the house
	@$(BIN)/pytest -q tests/house

style: .venv/requirements-dev.stamp
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/mypy --strict wdj

bench: .venv/requirements-dev.stamp ## speed against a ten-line Flask, as ratios (takes minutes)
	@$(BIN)/python -m bench

lock: .venv/requirements-dev.stamp ## pin requirements*.in anew, with hashes; UPGRADE=1 takes newer versions
	@sh deploy/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## remove the environment and caches; the data in instance/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

ready: .venv/requirements-dev.stamp
	@sh deploy/install-parts.sh test

# A stamp is older than its list only when the list changed: later starts install nothing.
.venv/bin/python:
	@sh deploy/venv.sh

.venv/requirements.stamp: requirements.txt | .venv/bin/python
	@echo 'wdj: installing the pinned requirements (only when they change)'
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@touch $@

.venv/requirements-dev.stamp: requirements-dev.txt .venv/requirements.stamp | .venv/bin/python
	@echo 'wdj: installing the tools for tests (only when they change)'
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@
