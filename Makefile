# Everything a developer or CI runs. `make help` lists the targets.

MODULE  := github.com/ammeter/ammeter
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT    := .bin/golangci-lint
LINT_VERSION := v2.15.0

# The variable main.version of every binary.
LDFLAGS := -s -w -X main.version=$(VERSION)
GOBUILD := CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)'

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: build
build: ## Build the static binaries into dist/.
	@mkdir -p dist
	$(GOBUILD) -o dist/ ./.../cmd/...

.PHONY: test
test: ## Run every test (needs no Docker, no network).
	go test ./...

.PHONY: race
race: ## Run every test with the race detector.
	go test -race ./...

.PHONY: lint
lint: $(LINT) ## Run the linters, with the import rules between the areas.
	$(LINT) run ./...

$(LINT): Makefile
	GOBIN=$(CURDIR)/.bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@touch $@
