# Everything happens inside this folder: a virtual environment, hash-locked packages, state under .batang/.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup demo dev test lint lock bench-extract clean

setup: $(READY)

$(READY): requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "batang needs Python 3.11 or newer: make PYTHON=python3.x …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
# Compiled once here: every run is a process of its own, and a machine may forbid processes to keep what they compile.
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q batang_assets
	@touch $@

demo: $(READY)
	@$(BIN)/batang demo

dev: $(READY)
	@$(BIN)/batang dev

test: $(READY)
	@$(BIN)/pytest -n 2 --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check --error-on-warning
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project

# Extraction beside COPY and beside dlt, which lives in an environment of its own.
bench-extract: $(READY) .venv-bench/.ready
	@$(BIN)/python benchmarks/extract.py

.venv-bench/.ready: requirements-bench.lock | $(READY)
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@$(BIN)/uv pip sync --quiet --python .venv-bench/bin/python --require-hashes requirements-bench.lock
	@touch $@

# Sending with the ledger beside a bare loop that posts the same bodies.
bench-send: $(READY)
	@$(BIN)/python benchmarks/send.py

# The gates beside one-pass SQL with the same rules.
bench-quality: $(READY)
	@$(BIN)/python benchmarks/quality.py

# dbt beside the same SQL alone, IPK III of three years, and a day with 1 % changed.
bench-marts: $(READY)
	@$(BIN)/python benchmarks/marts.py

# The bridge between a million people here and a million at the centre, with its causes.
bench-consolidation: $(READY)
	@$(BIN)/python benchmarks/consolidation.py

# A month's package, and the memory of a sheet of 100,000 rows.
bench-package: $(READY)
	@$(BIN)/python benchmarks/package.py

# Names, versions and hashes only; no index address.
lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group bench -o requirements-bench.lock
	echo 'uv==0.13.9' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header - -o requirements-uv.lock

# Removes the demo's state and outputs; asks nothing, so look at what .batang/ holds first.
clean:
	rm -rf .batang dbt_project/target
