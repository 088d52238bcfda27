# ormer: `make demo` shows it, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help install dev studio studio-test screenshots demo test crash journeys lint tidy bench coverage seeds project-seeds acceptance clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

install: ## Make .venv and install ormer into it
	@$(PYTHON) scripts/bootstrap.py

dev:
	@$(PYTHON) scripts/bootstrap.py --group dev --group runtimes --group clients

studio: install ## Build Studio's pages (does nothing when they are current)
	@$(BIN)/python scripts/build_studio.py

studio-test: install ## Check the types of Studio's pages and run their own tests
	@$(BIN)/python scripts/build_studio.py --test

screenshots: dev studio ## Take the pictures in docs/images from a real server
	@$(BIN)/python scripts/screenshots.py

demo: install ## The story: project -> git push -> registered model -> approvals -> production (ONCE=1: then end)
	@$(BIN)/python scripts/build_studio.py --optional
	@$(BIN)/ormer demo $(if $(ONCE),--once)

test: dev studio-test studio ## Install what the tests need and run the suite
	@$(BIN)/python -m pytest -m "not journey and not crash" -q -n 2 --dist loadscope

crash: dev ## Kill servers on purpose and compare what they end with
	@$(BIN)/python -m pytest tests/crash tests/engines/pipelines -m crash -q

journeys: dev studio ## Unmodified SageMaker SDKs, each version in its own environment
	@$(BIN)/python -m pytest tests/journeys tests/studio -m journey -q

lint: dev ## ruff, mypy --strict and the floors
	@$(BIN)/ruff check src tests scripts bench hatch_build.py
	@$(BIN)/ruff format --check src tests scripts bench hatch_build.py
	@$(BIN)/mypy
	@$(BIN)/lint-imports

tidy: dev ## What the house promises about itself
	@$(BIN)/python -m pytest tests/tidy -q

bench: dev ## Measure against peers in the same run and print the ratios
	@$(BIN)/python -m bench

coverage: dev ## Write docs/coverage.md from the code
	@$(BIN)/python scripts/coverage_page.py

seeds: dev ## Run public modelbuild repositories: make seeds SEEDS=folder-of-clones
	@$(BIN)/python scripts/run_seeds.py $(SEEDS)

project-seeds: dev ## Public repositories to production: make project-seeds BUILD=clone DEPLOY=clone [MONITOR=clone]
	@$(BIN)/python scripts/run_project.py --build $(BUILD) --deploy $(DEPLOY) $(if $(MONITOR),--monitor $(MONITOR))

acceptance: dev ## Run the provider's own SDK tests: make acceptance HARNESS=folder TESTS=folder
	@$(BIN)/python scripts/run_acceptance.py $(HARNESS) $(TESTS)

clean: ## Remove what was made here (not ORMER_HOME)
	@rm -rf studio-ui/node_modules src/ormer/studio/assets .venv .sdk build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
