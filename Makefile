# Everything a developer or CI runs. `make help` lists the targets.

VERSION      ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT_VERSION := v2.15.0
LINT         := .bin/golangci-lint-$(LINT_VERSION)
FUZZTIME     ?= 10s
REPORT       := dist/report

GOBUILD := CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)'

# The reaper of testcontainers is an image that would have to be pulled; the
# tests clean up their containers themselves.
export TESTCONTAINERS_RYUK_DISABLED := true

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

.PHONY: build
build: ## Build the static binaries into dist/.
	@mkdir -p dist
	$(GOBUILD) -o dist/ ./exporter/cmd/... ./fixtures/cmd/... ./loadgen/cmd/... ./simulator/cmd/... ./specs/cmd/...

.PHONY: test
test: ## Run every test; needs no network, uses Docker if an engine answers.
	go test ./...

.PHONY: race
race: ## Run the tests with the race detector, in random order, without the long ones.
	go test -short -race -shuffle=on ./...

.PHONY: lint
lint: $(LINT) ## Run the linters, with the import rules between the areas.
	$(LINT) run ./...

$(LINT):
	GOBIN=$(CURDIR)/.bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv .bin/golangci-lint $@

.PHONY: tidy-check
tidy-check: ## Fail when go.mod or go.sum is not tidy, or a module is not what go.sum says.
	go mod tidy -diff
	go mod verify
	cd loadgen/benchmark && go mod tidy -diff && go vet .

.PHONY: conformance
conformance: build ## Judge our exporter: table on the terminal, reports in dist/report.
	dist/conformance --subject specs/subjects/currents-exporter.yaml --report-dir $(REPORT)

# Stricter than the exit code of the suite: a SHOULD that does not hold and anything
# that was not asked fail it, too.
.PHONY: conformance-matrix
conformance-matrix: image ## Judge our exporter as process and as container, at a simulator in process and in a container.
	@set -e; mkdir -p dist/matrix; \
	simulator=$$(docker run --detach --rm --publish 127.0.0.1::8080 ammeter/amplitude-simulator:latest); \
	trap 'docker kill $$simulator >/dev/null' EXIT; \
	url=http://$$(docker port $$simulator 8080/tcp | head -n 1); \
	for subject in currents-exporter currents-exporter-container; do for at in in-process container; do \
	  report=dist/matrix/$$subject-$$at; \
	  set -- --subject specs/subjects/$$subject.yaml --report-dir $$report; \
	  if [ $$at = container ]; then set -- "$$@" --simulator $$url; fi; \
	  dist/conformance "$$@" > $$report.txt || { cat $$report.txt; exit 1; }; \
	  echo "simulator $$at: $$(tail -n 1 $$report.txt)"; \
	  if grep -E '"verdict": "(fail|skip|error|not_run|not_claimed)"' $$report/results.json; then exit 1; fi; \
	done; done

# All of the full tier, with our exporter and the simulator in the same process.
RUNS ?= 20
.PHONY: flakes
flakes: ## Run the suite RUNS (20) times, each in another order, with the race detector; stop at the first failure.
	@mkdir -p dist
	go test -race -c -o dist/specs.test ./specs
	@for seed in $$(seq $(RUNS)); do \
	  dist/specs.test -test.run '^TestConformance$$' -ginkgo.no-color -ginkgo.randomize-all -ginkgo.seed $$seed > dist/flakes.txt 2>&1 || \
	    { cat dist/flakes.txt; echo "failed with seed $$seed"; exit 1; }; \
	  echo "seed $$seed: $$(grep -E '^Ran ' dist/flakes.txt)"; \
	done

.PHONY: mutants
mutants: ## Judge exporters with one defect each and strangers, compare with the kill matrix (UPDATE=1 writes it).
	go test -count=1 -timeout 40m ./specs/internal/mutation -run '^Test(KillMatrix|StrangersPass)$$' -v -kill $(if $(UPDATE),-update)

.PHONY: incidents
incidents: build ## Run every shipped incident; pages in dist/incidents.
	dist/loadgen incidents run --all --out dist/incidents

.PHONY: image
image: build ## Build the container images FROM scratch; nothing is pulled.
	@mkdir -p dist/data
	docker build --quiet --tag ammeter/amplitude-simulator:$(VERSION) --tag ammeter/amplitude-simulator:latest --file simulator/Dockerfile dist
	docker build --quiet --tag ammeter/currents-exporter:$(VERSION) --tag ammeter/currents-exporter:latest --file exporter/Dockerfile dist

# A benchmark that compares two ways in one run reports the quotient as a metric
# with a unit "ratio:NAME"; the last lines of the output gather them.
.PHONY: bench
bench: ## Run the benchmarks; the last lines are `ratio NAME VALUE`.
	@mkdir -p dist
	go test -run '^$$' -bench . -benchmem -timeout 30m ./... | tee dist/bench.txt
	cd loadgen/benchmark && go test -run '^$$' -bench . -benchtime 1x . | tee -a ../../dist/bench.txt
	@awk '{for (i = 2; i <= NF; i++) if ($$i ~ /^ratio:/) print "ratio", substr($$i, 7), $$(i-1)}' dist/bench.txt

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (10s).
	@set -e; for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; \
	done

.PHONY: clean
clean: ## Remove dist/ and the linter in .bin/.
	rm -rf dist .bin
