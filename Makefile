# Every command installs what a fresh Debian or Ubuntu machine lacks, and is quick when nothing is missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

.PHONY: help demo test bench torture lint build install

help: ## What there is to run
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: ## Install the system libraries and test tools that are missing
	@Tests/Scripts/install

build: install ## Build the program for use
	swift build -c release --product postern

demo: install ## See real sends, the whole life of a draft and five APIs, then keep serving
	@Tests/Scripts/demo

test: install ## Everything: build, house rules, unit, end to end, lint, documents
	@Tests/Scripts/test

bench: install ## Measure Postern beside its peers
	@Tests/Scripts/bench

torture: install ## The long fault tests: kill, power cut, I/O errors, fuzzing
	@Tests/Scripts/torture

lint: ## Formatting and documentation rules
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
