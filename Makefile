# Two commands: `make run` opens the desk, `make test` runs every check and test. Both start from nothing.
# Another Python: make PYTHON=python3.12 run. More test processes: make WORKERS=4 test.

PYTHON ?= python3
WORKERS ?= 3

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV := build/uv/bin/uv
LOCK := $(UV) pip compile pyproject.toml --quiet --universal --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --no-strip-extras --group build $(LOCK_FLAGS)

# $(call install,LOCK,STAMP): the stamp is a copy of the lock that was installed, so a changed lock is installed
# again and an equal one costs nothing. The bare doctor comes first: without python3-venv there is no environment.
# A lock is complete, so pip resolves nothing anew: pyproject.toml overrides a bound of tqsdk that pip would insist on.
define install
@cmp -s .venv/$(2) $(1) || { \
	$(PYTHON) -I terminal/commands/doctor.py --fix && \
	echo "正在建立 .venv（$(1)）…" && \
	{ $(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv; } && \
	$(PIP) install --no-deps --require-hashes -r $(1) && \
	$(PIP) install --no-deps --no-build-isolation -e . && \
	cp $(1) .venv/$(2); }
endef

.DEFAULT_GOAL := run
.PHONY: run test check types tests bench lock environment environment-dev

run: environment
	@$(BIN)/python -m terminal doctor
	@$(BIN)/python -m terminal

test: environment-dev check

# Two cores have three workers: tests that wait for a process or a clock leave theirs idle. mypy, a minute of one core,
# runs beside the tests. These start hundreds of processes, so the program is compiled once, also where Python was told
# to keep nothing.
check:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory --jobs 2 types tests

types:
	$(BIN)/mypy --strict

tests:
	PYTHONDONTWRITEBYTECODE= QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

bench: environment
	@$(BIN)/python -m terminal bench

# Everything of the run-time lock is in the development lock too: where that one is installed, this is done.
environment:
	$(if $(wildcard .venv/.ready-dev),$(call install,requirements-dev.lock,.ready-dev),$(call install,requirements.lock,.ready-run))

environment-dev:
	$(call install,requirements-dev.lock,.ready-dev)

# Keeps what is pinned already; `make lock LOCK_FLAGS=--upgrade` takes the newest of everything.
lock: $(UV)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group dev --extra research --constraints requirements.lock --output-file requirements-dev.lock

$(UV):
	$(PYTHON) -m venv --clear build/uv
	build/uv/bin/python -m pip --disable-pip-version-check --quiet install uv
