# What one types in this project. Needs Python 3.11 or newer, make and gcc; everything else goes into .venv.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
CSS := static/css/backoffice.css
CSS_SOURCES := $(shell find assets/css assets/build_css.py assets/vendor templates -type f 2>/dev/null) \
               $(shell find . -path ./.venv -prune -o -path ./.dangol -prune -o -name '*.py' -print)
CATALOGUE := locale/ko/LC_MESSAGES/django

.PHONY: help install install-dev demo test check css messages bench browser

help:
	@echo "make demo [PORT=8000]   two shops with 90 days of orders, on this machine"
	@echo "make test               all tests, in a real PostgreSQL and a real browser"
	@echo "make check              linters, types, floors, settings, translations"
	@echo "make bench              all benchmarks, each beside its limit"
	@echo "make install            .venv with the locked packages, CSS and catalogues"
	@echo "make css                build the stylesheets"
	@echo "make messages           bring the Korean catalogue up to the source"

install:
	@$(PYTHON) scripts/install.py
	@$(MAKE) --silent $(CSS) catalogues

install-dev:
	@$(PYTHON) scripts/install.py --dev
	@$(MAKE) --silent $(CSS) catalogues

$(CSS): $(CSS_SOURCES)
	@$(BIN)/python assets/build_css.py
	@touch $@

.PHONY: catalogues
catalogues:
	@$(BIN)/python scripts/messages.py compile

css: install
	@$(BIN)/python assets/build_css.py

demo: install
	@$(BIN)/python -m demo --port $(PORT) --end-with-parent

check: install-dev
	@$(BIN)/python scripts/check.py

test: install-dev browser
	@$(BIN)/python -m pytest -n 2 --dist worksteal --durations=30

browser:
	@$(BIN)/python scripts/browser.py

messages: install-dev
	@$(BIN)/python scripts/messages.py update

bench: install-dev
	@$(BIN)/python -m benchmarks
