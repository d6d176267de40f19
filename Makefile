# Everything a newcomer needs. `make run` and `make test` set up whatever is missing.
PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
BIN := .venv/bin

.PHONY: help run test venv lint bench storm messages access

help:
	@echo "make run       the whole shop with demo data on http://127.0.0.1:$(PORT)"
	@echo "make test      the test suite"
	@echo "make lint      format, lint and import contract"
	@echo "make bench     speed of the real code beside minimal SQL"
	@echo "make storm     many processes, few members, random kills"
	@echo "make messages  collect the texts to translate"
	@echo "make access    write anew who may open which address, to review"
	@echo "make venv      only the virtual environment"

venv:
	@$(PYTHON) scripts/bootstrap.py

run: venv
	@$(BIN)/python manage.py up --demo --port $(PORT)

test: venv
	@$(BIN)/python scripts/chromium.py
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

lint: venv
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/lint-imports

bench: venv
	@$(BIN)/python manage.py bench

storm: venv
	@$(BIN)/python manage.py storm

messages: venv
	@$(BIN)/python manage.py messages

access: venv
	@ACCESS_TABLE=write $(BIN)/python -m pytest -q tests/security/test_access_table.py
	@git --no-pager diff --stat -- tests/security/access_table.txt
