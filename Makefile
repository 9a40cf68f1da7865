# make run: the default campaign, from a fresh checkout to figures and report
# make test: everything that can be tested on this machine
# CONFIG=config/other.yaml chooses another campaign, PROFILE=... another profile

PYTHON ?= python3
CONFIG ?= config/config.yaml
PROFILE ?= workflow/profiles/workstation
VENV := .venv
BIN := $(VENV)/bin
# One BLAS thread per process; JAX takes the cores that the job was given.
export OMP_NUM_THREADS ?= 1
export JAX_PLATFORMS ?=

.PHONY: run test lint docs clean

run: $(VENV)/.ready
	@$(BIN)/python -m navac.run --configfile $(CONFIG) --profile $(PROFILE)

test: $(VENV)/.ready-test lint
	@$(BIN)/python -m pytest

lint: $(VENV)/.ready-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/snakefmt --check Snakefile workflow/rules
	@$(BIN)/snakemake --lint

# Schema and the comments of the configuration come from the library's model.
docs: $(VENV)/.ready
	@$(BIN)/python -m navac.config_docs

$(VENV)/.ready: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) .snakemake
