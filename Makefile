# Everything a developer or CI runs. `make help` lists the targets.

VERSION      ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT_VERSION := v2.15.0
LINT         := .bin/golangci-lint-$(LINT_VERSION)
ACTIONLINT_VERSION := v1.7.12
ACTIONLINT   := .bin/actionlint-$(ACTIONLINT_VERSION)
GORELEASER_VERSION := v2.15.1
GORELEASER   := .bin/goreleaser-$(GORELEASER_VERSION)
GOVULNCHECK_VERSION := v1.9.0
CYCLONEDX_VERSION := v1.10.0
CYCLONEDX    := .bin/cyclonedx-gomod
FUZZTIME     ?= 10s
REPORT       := dist/report

GOBUILD := CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X github.com/ammeter/ammeter/internal/version.number=$(VERSION)'

# The reaper of testcontainers is an image that would have to be pulled; the
# tests clean up their containers themselves.
export TESTCONTAINERS_RYUK_DISABLED := true

# A command that fails in the middle of a pipe fails the target.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

.PHONY: build
build: ## Build the five static binaries into dist/.
	@mkdir -p dist
	$(GOBUILD) -o dist/ ./exporter/cmd/currents-exporter ./fixtures/cmd/... ./loadgen/cmd/... ./simulator/cmd/... ./specs/cmd/...

.PHONY: page
page: ## Build the page for partners, the tables and the checker in one HTML file, into dist/page.
	go run ./fixtures/internal/page/write -dir dist/page -version $(VERSION)

.PHONY: mutant-exporter
mutant-exporter: ## Build our exporter with its known defects, which some of specs/subjects run; never shipped.
	@mkdir -p dist
	$(GOBUILD) -o dist/ ./exporter/cmd/mutant-exporter

# The tests need processor time most of all, and with the small heaps that they have a fifth
# of it and more goes into collecting garbage.
.PHONY: test
test: ## Run every test; needs no network, uses Docker if an engine answers.
	GOGC=$${GOGC:-400} go test -timeout 20m ./...

.PHONY: race
race: ## Run the tests with the race detector, in random order, without the long ones.
	go test -timeout 30m -short -race -shuffle=on ./...

.PHONY: lint
lint: $(LINT) $(ACTIONLINT) ## Run the linters, with the import rules between the areas, and check the workflows.
	$(LINT) run ./...
	$(ACTIONLINT) -shellcheck= -pyflakes=

$(LINT):
	GOBIN=$(CURDIR)/.bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv .bin/golangci-lint $@

$(ACTIONLINT):
	GOBIN=$(CURDIR)/.bin go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)
	@mv .bin/actionlint $@

.PHONY: tidy-check
tidy-check: ## Fail when go.mod or go.sum is not tidy, or a module is not what go.sum says.
	go mod tidy -diff
	go mod verify
	cd loadgen/benchmark && go mod tidy -diff && go vet .
	cd exporter/benchmark && go mod tidy -diff && go vet ./...

.PHONY: conformance
conformance: build ## Judge our exporter: table on the terminal, reports in dist/report.
	dist/conformance --subject specs/subjects/currents-exporter.yaml --parallel 8 --report-dir $(REPORT)

.PHONY: conformance-running
conformance-running: build ## Judge our exporter as one that runs already, beside a simulator that does.
	.ci/conformance-running

.PHONY: conformance-matrix
conformance-matrix: build image ## Judge our exporter as process and as container, at a simulator in process and in a container.
	.ci/conformance-matrix

RUNS ?= 20
.PHONY: flakes
flakes: ## Run the suite RUNS (20) times, each in another order, with the race detector; stop at the first failure.
	.ci/flakes $(RUNS)

.PHONY: mutants
mutants: ## Judge exporters with one defect each and foreign ones, compare with the kill matrix (UPDATE=1 counts the run, UPDATE=anew forgets earlier ones; MUTANT=a,b and REQUIREMENT=A-001,B-001 judge a part; KILLERS=1 asks each only about what kills it every time).
	go test -count=1 -timeout 80m ./specs/internal/mutation -run '^Test(KillMatrix$(if $(MUTANT)$(REQUIREMENT),,|ForeignExportersPass))$$' -v -kill $(if $(KILLERS),-killers) $(if $(UPDATE),-update) $(if $(filter anew,$(UPDATE)),-anew) $(if $(MUTANT),-mutant $(MUTANT)) $(if $(REQUIREMENT),-requirement $(REQUIREMENT))

.PHONY: requirement
requirement: build ## Judge our exporter and every mutant by the requirement ID=..., and bring the kill matrix and the pages up to date.
	.ci/requirement $(ID)

.PHONY: scenarios incidents
scenarios: build ## Run every shipped scenario; pages in dist/scenarios.
	dist/loadgen scenarios run --all --out dist/scenarios

incidents: scenarios

.PHONY: govulncheck
govulncheck: ## Look for known vulnerabilities, where their database can be reached.
	.ci/govulncheck $(GOVULNCHECK_VERSION)

# Vet what only other systems compile.
.PHONY: vet-systems
vet-systems: ## Vet loadgen and what it shares for Windows and macOS, and the checker for the browser.
	GOOS=js GOARCH=wasm go vet ./fixtures/internal/page/checker
	GOOS=windows go vet ./loadgen/... ./internal/...
	GOOS=darwin go vet ./loadgen/... ./internal/...

# Without a tag a snapshot has a version of its own.
.PHONY: release-snapshot release
release-snapshot: $(GORELEASER) $(CYCLONEDX) ## Build what a release holds, for all systems, into dist/release, and check it.
	PATH=$(CURDIR)/.bin:$$PATH $(GORELEASER) release --snapshot --clean $(if $(shell docker version 2>/dev/null),,--skip=docker)
	.ci/check-release

release: $(GORELEASER) $(CYCLONEDX) ## Publish a release of the tag that is checked out, as a draft; needs GITHUB_TOKEN.
	PATH=$(CURDIR)/.bin:$$PATH $(GORELEASER) release --clean
	.ci/check-release

$(GORELEASER):
	GOBIN=$(CURDIR)/.bin go install github.com/goreleaser/goreleaser/v2@$(GORELEASER_VERSION)
	@mv .bin/goreleaser $@

$(CYCLONEDX):
	GOBIN=$(CURDIR)/.bin go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX_VERSION)

# The directory /data of an image, which any user may write to.
VOLUME ?= dist/volume.tar
.PHONY: volume
volume:
	@mkdir -p dist/volume/data $(dir $(VOLUME))
	tar -cf $(VOLUME) -C dist/volume --owner=65532 --group=0 --mode=1777 data

.PHONY: image
image: ## Build the container images of simulator and exporter FROM scratch; nothing is pulled.
	GOOS=linux $(GOBUILD) -o dist/linux/ ./exporter/cmd/currents-exporter ./simulator/cmd/amplitude-simulator
	@$(MAKE) --no-print-directory volume VOLUME=dist/linux/dist/volume.tar
	docker build --quiet --tag ammeter/amplitude-simulator:$(VERSION) --tag ammeter/amplitude-simulator:latest --file simulator/Dockerfile dist/linux
	docker build --quiet --tag ammeter/currents-exporter:$(VERSION) --tag ammeter/currents-exporter:latest --file exporter/Dockerfile dist/linux

.PHONY: numbers
numbers: ## Measure size, memory and start of each binary, and write them into README.md.
	go test -count=1 ./internal/shipped -run '^TestNumbers$$' -v -update

.PHONY: screenshots
screenshots: conformance ## Draw the pictures of a report, the page and the console that the READMEs show, from runs of now; needs chromium.
	.ci/screenshots

.PHONY: alerts
alerts: ## Test alerts, chart and Compose file of exporter/deploy with promtool, helm, kubeconform and Prometheus (the first run builds them: 17 minutes of processor time).
	exporter/deploy/check.sh

# A benchmark that compares two ways in one run reports the quotient as a metric
# with a unit "ratio:NAME"; the last lines of the output gather them.
.PHONY: bench
bench: ## Print the load of the machine and run the benchmarks; the last lines are `ratio NAME VALUE`.
	@mkdir -p dist
	@uptime | tee dist/bench.txt
	go test -run '^$$' -bench . -benchmem -timeout 30m ./... | tee -a dist/bench.txt
	cd loadgen/benchmark && go test -run '^$$' -bench . -benchtime 1x . | tee -a ../../dist/bench.txt
	@awk '{for (i = 2; i <= NF; i++) if ($$i ~ /^ratio:/) print "ratio", substr($$i, 7), $$(i-1)}' dist/bench.txt

.PHONY: bench-peers
bench-peers: ## Export a file through our exporter and through what a user would take instead, and compare the simulator with a static mock.
	@mkdir -p dist
	@uptime | tee dist/bench-peers.txt
	cd exporter/benchmark && go test -run '^$$' -bench . -benchtime 1x -timeout 30m . | tee -a ../../dist/bench-peers.txt
	@awk '{for (i = 2; i <= NF; i++) if ($$i ~ /^ratio:/) print "ratio", substr($$i, 7), $$(i-1)}' dist/bench-peers.txt

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (10s).
	.ci/fuzz $(FUZZTIME)

.PHONY: clean
clean: ## Remove dist/ and the linter in .bin/.
	rm -rf dist .bin
