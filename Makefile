# Everything one does with Tierwise from a checkout. Needs GNU make and Python 3.11, 3.12 or 3.13; no more.
#
#   make demo ARGS="--no-serve --dir D"     arguments go through ARGS
#   make install PYTHON=/path/to/python     to choose the interpreter

.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=

# As many workers as the machine has processors, eight at most.
PYTEST := $(BIN)/python -m pytest -n logical --maxprocesses=8 --dist worksteal
CODE := src tests scripts $(wildcard benchmarks)
TYPED := $(wildcard src/tierwise src/tierwise_cli src/tierwise_web)

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
LOCK := $(COMPILE) pyproject.toml --group build -c requirements/constraints.txt

.PHONY: help install s3-server spark demo test test-long check format bench bench-web screenshots lock clean \
        check-format check-lint check-types check-contracts check-licences

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

install: $(STAMP) ## Make .venv and install the locked requirements (instant the second time)

# Interpreters are run, not only looked up: version managers leave shims that exist and do not work.
$(BIN)/python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
	    found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Tierwise needs Python 3.11, 3.12 or 3.13, and none was found." >&2; \
	  echo "Install one, or say where it is: make install PYTHON=/path/to/python3.11" >&2; exit 1; fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found cannot make a virtual environment: its venv or ensurepip module is missing." >&2; \
	  echo "On Debian and Ubuntu this is a package of its own: apt-get install python3-venv" >&2; exit 1; fi; \
	echo "Making $(VENV) with $$($$found --version)"; \
	rm -rf $(VENV) && $$found -m venv $(VENV)

$(STAMP): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing the locked requirements into $(VENV)"
	@$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Spark joins the tests where there is a Java; elsewhere they say so and are skipped.
spark: $(STAMP) ## Install Spark beside Tierwise, for tests and benchmarks, where there is a Java
	@if [ ! -x "$${JAVA_HOME:+$$JAVA_HOME/bin/java}" ] && ! command -v java >/dev/null 2>&1; then \
	  echo "No Java (17, 21 or 25): the tests of Spark are skipped"; \
	elif [ ! $(VENV)/.spark -nt requirements/spark.txt ]; then \
	  echo "Installing Spark into $(VENV) (456 MB, once)"; \
	  $(PIP) install --quiet --require-hashes -r requirements/spark.txt && touch $(VENV)/.spark \
	    || echo "Spark could not be installed: its tests are skipped"; fi

# An S3 server joins the tests in an environment of its own: it and ibis want different versions of python-dateutil.
s3-server: $(STAMP) ## Install an S3 server beside, for the tests of object stores
	@if [ ! $(VENV)-s3/.installed -nt requirements/s3.txt ]; then \
	  echo "Installing an S3 server for tests into $(VENV)-s3 (once)"; \
	  { $(BIN)/python -m venv $(VENV)-s3 \
	    && $(VENV)-s3/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/s3.txt \
	    && touch $(VENV)-s3/.installed; } \
	    || echo "The S3 server could not be installed: the tests of object stores are skipped"; fi

demo: $(STAMP) ## Build the sample company, grade it and show the result
	@$(BIN)/tierwise demo $(ARGS)

test: spark s3-server ## Run the everyday tests
	@$(PYTEST) -m "not slow and not long and not bench" $(ARGS)

test-long: spark s3-server ## Run every test, the slow and the long ones too
	@$(PYTEST) -m "not bench" $(ARGS)

check: check-format check-lint check-types check-contracts check-licences ## Format, lint, types, import contracts, licences

check-format: $(STAMP)
	$(BIN)/ruff format --check $(CODE)

check-lint: $(STAMP)
	$(BIN)/ruff check $(CODE)

check-types: $(STAMP)
	$(BIN)/mypy --strict $(TYPED)

check-contracts: $(STAMP)
	$(BIN)/lint-imports --no-logo

check-licences: $(STAMP)
	$(BIN)/python scripts/check_licences.py

format: $(STAMP) ## Format the code and repair what the linter can
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

bench: $(STAMP) ## Measure; the last line is one JSON object
	@$(BIN)/python -m benchmarks $(ARGS)

bench-web: $(STAMP) ## Measure the web application over 1,000,000 customers (ARGS="--customers N")
	@$(BIN)/python -m benchmarks.web $(ARGS)

screenshots: $(STAMP) ## Take pictures of every page into build/screenshots, and the README's (needs Chromium and Chinese fonts)
	@$(BIN)/python scripts/screenshots.py $(ARGS)

lock: $(STAMP) ## Write requirements/*.txt anew from pyproject.toml (ARGS=--upgrade for newer versions)
	$(LOCK) $(ARGS) --extra web -o requirements/runtime.txt
	$(LOCK) $(ARGS) --extra web --extra postgres -c requirements/runtime.txt -o requirements/image.txt
	$(LOCK) $(ARGS) --extra web --extra dev -c requirements/runtime.txt -o requirements/dev.txt
	$(LOCK) $(ARGS) --group spark -c requirements/dev.txt -o requirements/spark.txt
	$(COMPILE) $(ARGS) --group s3 -o requirements/s3.txt

clean: ## Remove the virtual environment, caches and build output
	rm -rf $(VENV) $(VENV)-s3 build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
