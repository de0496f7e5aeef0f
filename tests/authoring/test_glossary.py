"""Each glossary term is used where it says; the bibliography lists what the notebooks cite, no more and no less."""

import re

import pytest

from authoring import notebooks, releasing

NOTEBOOKS = releasing.ROOT / "notebooks"
PATHS = {path.name[:2]: path for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))}
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (NOTEBOOKS / "glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| term")
]
ARXIV = re.compile(r"arxiv(?:\.org/abs/|:)\s*([0-9]{4}\.[0-9]{4,5})", re.I)
BIBLIOGRAPHY = (NOTEBOOKS / "bibliography.md").read_text(encoding="utf-8")


def words(number):
    return "\n".join(cell.source for cell in notebooks.read(PATHS[number]).cells).lower()


def references(path):
    """The text of a notebook's section References."""
    text = "\n".join(cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown")
    return re.split(r"^## ", text.split("## References", 1)[1], flags=re.M)[0]


def cited():
    return {number: path.name for path in PATHS.values() for number in ARXIV.findall(references(path))}


def test_the_glossary_is_a_table_of_terms_in_order():
    terms = [row[0] for row in ROWS]
    assert len(terms) >= 40 and all(len(row) == 3 and all(row) for row in ROWS)
    assert len(set(terms)) == len(terms)
    letters = [term.lower() for term in terms if term[0].isalpha()]
    assert letters == sorted(letters)


@pytest.mark.parametrize(("term", "notebook"), [(row[0], row[2]) for row in ROWS])
def test_a_term_occurs_in_its_notebook(term, notebook):
    assert notebook in PATHS, f"{term}: there is no notebook {notebook}"
    word = re.sub(r"\s*\(.*\)", "", term).lower()
    assert word in words(notebook), f"notebook {notebook} does not use the word {word!r}; correct glossary.md"


def test_every_cited_paper_stands_in_the_bibliography():
    missing = {number: name for number, name in cited().items() if number not in ARXIV.findall(BIBLIOGRAPHY)}
    assert not missing, f"add to bibliography.md: {missing}"


def test_every_paper_of_the_bibliography_is_cited():
    spare = set(ARXIV.findall(BIBLIOGRAPHY)) - set(cited())
    assert not spare, f"no notebook's References cite {spare}; take it out of bibliography.md or cite it"


def test_a_paper_has_one_entry_in_the_bibliography():
    entries = [line for line in BIBLIOGRAPHY.splitlines() if line.startswith("- ")]
    numbers = [number for line in entries for number in set(ARXIV.findall(line))]
    assert len(entries) >= 20 and len(numbers) == len(set(numbers))
    assert all(re.search(r"\b(19|20)[0-9]{2}\b", line) for line in entries)
