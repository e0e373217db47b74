# Two commands do everything on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
VENV ?= .venv
OUT ?= out/demo
JOBS ?= 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
CONSTRAINTS := .ci/constraints.txt

.PHONY: help demo test test-all dev lint bench bench-quick clean

help:
	@echo "make demo        install, run one benchmark on every CPU backend, write $(OUT)/report.html"
	@echo "make test        install, then format, lint, types, spelling and the test suite"
	@echo "make test-all    the same with the slow tests"
	@echo "make dev         an editable install with every extra in $(VENV)"
	@echo "make bench       timed ratios against peers and floors (bench/README.md); bench-quick: minutes"

$(VENV)/run.stamp: pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint $(CONSTRAINTS) --editable '.[jax,torch]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint $(CONSTRAINTS) --editable '.[jax,torch,cupy,dev,peers]'
	@touch $@ $(VENV)/run.stamp

dev: $(VENV)/dev.stamp

demo: $(VENV)/run.stamp
	$(BIN)/xpde backends
	$(BIN)/xpde compare diff_burgers --backends numpy,jax,torch --updates 300 --out $(OUT)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/typos
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not slow"

test-all: lint
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench --out out/bench

bench-quick: $(VENV)/dev.stamp
	$(BIN)/python -m bench --quick --out out/bench

clean:
	rm -rf $(VENV) build out *.egg-info
