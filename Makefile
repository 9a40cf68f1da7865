# make run: the default campaign, from a fresh checkout to figures and report
# make test: everything that can be tested on this machine
# CONFIG=config/other.yaml chooses another campaign, PROFILE=... another profile,
# ARGS=--dry-run says what would be done and why

PYTHON ?= python3
CONFIG ?= config/config.yaml
PROFILE ?= workflow/profiles/workstation
VENV := .venv
BIN := $(VENV)/bin
# One BLAS thread per process; JAX takes the cores that the job was given.
export OMP_NUM_THREADS ?= 1
export JAX_PLATFORMS ?=

.PHONY: run vouch test test-mlip test-cell test-hops mlip cell hops lint docs site bench-peers clean

run: $(VENV)/.ready
	@$(BIN)/python -m navac.campaign.run --configfile $(CONFIG) --profile $(PROFILE) $(ARGS)

# A change of code that does not change what a rule computes: RULE=sampling BECAUSE="a comment".
vouch: $(VENV)/.ready
	@$(BIN)/python -m navac.campaign.vouch $(RULE) --because "$(BECAUSE)" --configfile $(CONFIG)

test: $(VENV)/.ready-test lint
	@$(BIN)/python -m pytest -n 2 --dist loadfile

# PyTorch and CHGNet, for energies.backend mlip. Where a wheel of the CPU build lies in a folder,
# WHEELS=that/folder takes it instead of the one with CUDA.
mlip: $(VENV)/.ready-mlip

$(VENV)/.ready-mlip: $(VENV)/.ready
	@echo "installing PyTorch and CHGNet into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(if $(WHEELS),--find-links $(WHEELS)) -e '.[mlip]'
	@touch $@

test-mlip: $(VENV)/.ready-test $(VENV)/.ready-mlip
	@$(BIN)/python -m pytest -m mlip

# PyBaMM and scikit-fem, for the section cell of a configuration.
cell: $(VENV)/.ready-cell

$(VENV)/.ready-cell: $(VENV)/.ready
	@echo "installing PyBaMM and scikit-fem into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[cell]'
	@touch $@

test-cell: $(VENV)/.ready-test $(VENV)/.ready-cell
	@$(BIN)/python -m pytest -m cell

# bvlain and scikit-image, for hops.valence of a configuration.
hops: $(VENV)/.ready-hops

$(VENV)/.ready-hops: $(VENV)/.ready
	@echo "installing bvlain and scikit-image into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[hops]'
	@touch $@

test-hops: $(VENV)/.ready-test $(VENV)/.ready-hops
	@$(BIN)/python -m pytest -m hops

lint: $(VENV)/.ready-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/snakefmt --check Snakefile workflow/Snakefile workflow/rules
	@$(BIN)/snakemake --lint

# Schema and the comments of the configuration come from the library's model.
docs: $(VENV)/.ready
	@$(BIN)/python -m navac.campaign.docs

# The documentation as a site, into site/.
site: $(VENV)/.ready-docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "site/index.html is written"

$(VENV)/.ready: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,docs]'
	@touch $@

$(VENV)/.ready-docs: $(VENV)/.ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

# The engine against CASM, icet and smol; ARGS="--seconds 5 ..." for other settings.
bench-peers: $(VENV)/.ready .venv-peers/.ready
	@$(BIN)/python benchmarks/engines.py $(ARGS)

# The names come from the extra "peers"; navac itself is not installed beside them.
.venv-peers/.ready: pyproject.toml
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@echo "setting up .venv-peers (compiles icet and smol: minutes)"
	@$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["peers"], sep="\n")' > .venv-peers/peers.txt
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r .venv-peers/peers.txt
	@touch $@

clean:
	rm -rf $(VENV) .venv-peers .snakemake site
