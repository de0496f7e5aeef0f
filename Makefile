# Aliases; what they do stands in course.py.  make run NOTEBOOKS="notebooks/00_start_here.ipynb"
.PHONY: lab test run release stamp format

lab test release stamp:
	python3 course.py $@

run:
	python3 course.py run $(NOTEBOOKS)

format:
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
