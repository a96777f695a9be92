# Everything a person or CI does here goes through these targets. They set themselves up: all they need is
# Python 3.11 or newer, make, and a way to the package registries (through a proxy or a mirror, if pip and uv know it).

PYTHON ?= python3
DATA   ?= ../shared/data
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
UV_VERSION := 0.13.8
# Tests wait for brokers more than they compute, so a few more than there are cores.
WORKERS ?= 3
MEMBERS := services/common services/ingest services/classifier services/escalation services/notifier \
           services/console services/cli services/client deploy/local
# The machine's own certificates, so that a company's proxy is trusted where the machine trusts it.
export UV_SYSTEM_CERTS := 1
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup protos lint fmt test fuzz demo up down status bench train lock clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(VENV)/.ready ## the virtual environment with everything in it, and the code generated from protos/

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Feuerwache needs Python 3.11 or newer; say which one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.ready: $(UV) requirements.lock pyproject.toml $(addsuffix /pyproject.toml,$(MEMBERS)) $(wildcard protos/feuerwache/*/v1/*.proto)
	@echo "Installing the packages of requirements.lock into $(VENV) …"
	@$(UV) pip install --python $(BIN)/python --require-hashes -r requirements.lock || { echo "The packages could not be fetched. Behind a proxy or a mirror, tell uv: HTTPS_PROXY, SSL_CERT_FILE, UV_INDEX_URL; then run the same command again, what has arrived is kept."; exit 1; }
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@$(MAKE) --no-print-directory generate
	@touch $@

protos: setup generate ## Python code from protos/ (not committed)

.PHONY: generate
generate:
	@for service in $(notdir $(wildcard protos/feuerwache/*)); do \
	  $(BIN)/python -m grpc_tools.protoc -Iprotos --python_out=services/$$service/src --pyi_out=services/$$service/src \
	    --grpc_python_out=services/$$service/src protos/feuerwache/$$service/v1/*.proto || exit 1; done

lint: setup ## formatting, lint, types, import rules, lock file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy services deploy tests
	$(BIN)/lint-imports
	UV=$(UV) .ci/check

fmt: setup ## puts the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: setup ## the whole suite on an embedded Kafka and Redis
	$(BIN)/pytest -n $(WORKERS) --dist=loadgroup $(ARGS)

fuzz: setup ## ten thousand cases against ingest's HTTP and gRPC (CASES=n, SEED=n)
	FEUERWACHE_FUZZ_CASES=$(or $(CASES),10000) FEUERWACHE_FUZZ_SEED=$(or $(SEED),7) $(BIN)/pytest -q -n 0 -s tests/fuzz

demo: setup ## a Saturday-night crisis through all services (INPUT=FILE plays your own posts, KEEP=1 leaves it running)
	@$(BIN)/feuerwache demo $(if $(INPUT),--input "$(INPUT)") $(if $(KEEP),--keep) $(ARGS)

up: setup ## all services on the embedded Kafka and Redis, to keep
	@$(BIN)/feuerwache up $(ARGS)

down: setup ## ends what `make up` or `make demo KEEP=1` left running
	@$(BIN)/feuerwache down

status: setup ## what runs, where, and how it is
	@$(BIN)/feuerwache status

bench: setup ## throughput of each stage and of the chain against a raw relay, latency, memory
	PYTHONPATH=tests $(BIN)/python -m bench $(ARGS)

train: setup ## the classifier's weights and model card from the training sets (DATA=DIR)
	$(BIN)/feuerwache classifier train --data "$(DATA)" $(ARGS)

lock: setup ## requirements.lock anew
	UV=$(UV) .ci/lock

clean: ## removes what the targets made (stop the stack first: make down)
	rm -rf $(VENV) .feuerwache .mypy_cache .ruff_cache .pytest_cache .hypothesis
