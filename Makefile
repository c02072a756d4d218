# Two commands: `make demo` runs the main job, `make test` proves it. Both set up everything they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: demo test lint spark bench fuzz pins clean

$(VENV)/.run: deploy/requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r deploy/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.dev: deploy/requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r deploy/requirements-dev.txt
	touch $@

# PySpark is half a gigabyte: its tests run where this was made, and are skipped elsewhere.
$(VENV)/.spark: deploy/requirements-spark.txt $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r deploy/requirements-spark.txt
	touch $@

spark: $(VENV)/.spark

demo: $(VENV)/.run
	$(BIN)/comity demo $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python tests/bench/dedup_rates.py
	$(BIN)/python tests/bench/stix_rates.py
	$(BIN)/python tests/bench/server_rates.py
	$(BIN)/python tests/bench/rules_rates.py
	$(BIN)/python tests/bench/front_costs.py
	$(BIN)/python tests/bench/policy_rates.py
	$(BIN)/python tests/bench/correlation_rates.py
	$(BIN)/python tests/bench/feed_rates.py
	$(BIN)/python tests/bench/policy_change.py
	$(BIN)/python tests/bench/search_rates.py
	$(BIN)/python tests/bench/page_visibility.py

fuzz: $(VENV)/.dev
	$(BIN)/python tests/fuzz/taxii_requests.py $(ARGS)

pins: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o deploy/requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o deploy/requirements-dev.txt
	$(BIN)/uv pip compile --group spark --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o deploy/requirements-spark.txt

clean:
	rm -rf $(VENV) var dist
