"""Notebooks in other languages: built from their English twins and a translation, equal to them in all but words."""

import json
import re
import warnings
from collections import Counter
from decimal import Decimal

import pytest
from making import code, course, markdown, notebook
from markdown_it import MarkdownIt
from notebook_rules import DETAILS, FENCE, HEADING, INLINE_CODE, blank
from prose_rule import BOLD, NUMERAL, numbers

from authoring import notebooks, releasing, terms, translating

LANGUAGES = {code: translating.language(code) for code in translating.languages()}
TWINS = [twin for lang in LANGUAGES.values() for twin in translating.twins(lang)]
ENGLISH = re.compile(r"\]\(([^)\s#]+)|\b(?:src|href)=\"([^\"#]+)\"")
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.S)
ANSWER = re.compile(r"<summary>.*?</summary>\s*(.*?)\s*</details>", re.S)
# Large numbers in words: 4.8 million, and two hundred, a fiftieth.
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen"""
SPELT = {word: number for number, word in enumerate(WORDS.split())} | {"hundred": 100, "hundredth": 100, **SCALES}
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SPELT |= {word: 10 * number for number, word in enumerate(TENS.split(), start=2)}
SPELT |= {f"{word[:-1]}ieth": SPELT[word] for word in TENS.split()}


# What two texts that say the same have in common -----------------------------------------------------------------


def spelt(text):
    """The numbers that an English text has in words."""
    found, value = set(), None
    for word in [*re.findall(r"[a-z]+", text.lower()), ""]:
        number = SPELT.get(word.removesuffix("s"))
        if number is None:
            found.add(value)
            value = None
        elif number >= 100:
            value = (value or 1) * number
        else:
            value = (value or 0) + number
    return {Decimal(value) for value in found if value is not None}


def numerals(text, scales):
    """A Counter of the numbers in digits from 13 on or with a point, and of all that are claimed, in bold."""
    text = re.sub(r"\]\([^)]*\)|<[^>]*>", " ", blank(INLINE_CODE, blank(FENCE, text)))
    bold = [match.span() for match in BOLD.finditer(text) if not re.search(r"[^\W\d_]", match[1])]
    found = Counter()
    for match in NUMERAL.finditer(text):
        if match["number"]:
            (value,) = numbers(match["number"])
            scale = re.match(rf" ?({'|'.join(scales)})", text[match.end() :]) if scales else None
            value *= scales[scale[1]] if scale else 1
            claimed = any(start < match.start() < end for start, end in bold)
            if claimed or value >= 13 or "." in match["number"]:
                found[value] += 1
    return found


def shape(source, words):
    """What a text cell has that no translation may change; `words` are the language's own for "Figure:", "Yes", …"""

    def count(pattern):
        return len(re.findall(pattern, source, re.M))

    blanked = blank(FENCE, source)
    plain = blank(INLINE_CODE, blanked)
    return {
        "headings": [len(match[1]) for match in HEADING.finditer(plain)],
        "quoted code": [match[0] for match in FENCE.finditer(source)],
        "code in lines": {match[0] for match in INLINE_CODE.finditer(blanked)},
        "formulas": Counter(re.sub(r"\\text\{[^}]*\}|[\s,.;]", "", found) for found in FORMULA.findall(plain)),
        "links": Counter(a or b for a, b in ENGLISH.findall(plain)),
        "folds": len(DETAILS.findall(plain)),
        "right answers": [answer.startswith(words["Yes"]) for answer in ANSWER.findall(plain)],
        "figures": count(rf"^{re.escape(words['Figure:'])} "),
        "predictions": count(re.escape(f"**{words['Predict.']}**")),
        "hints": count(f"<summary>{words['Hint']}</summary>"),
        "solutions": count(f"<summary>{words['Solution']}</summary>"),
        "tables": [line.count("|") for line in plain.splitlines() if line.startswith("|")],
        "list items": count(r"^- "),
    }


def printed_stars(source):
    """The paragraphs that show a star: a language without spaces writes **50%**를, where nothing closes the bold."""
    tokens = MarkdownIt().enable("table").parse(source.replace(r"\*", ""))
    inlines = [token for token in tokens if token.type == "inline"]
    return [one.content for one in inlines if any(part.type == "text" and "*" in part.content for part in one.children)]


def differences(english, source, lang):
    """{what: (in English, in the translation)} where a translated text cell differs from the English one."""
    same = {word: word for word in lang.words}
    left, right = shape(translating.plain(english), same), shape(source, lang.words)
    found = {what: (left[what], right[what]) for what in left if left[what] != right[what]}
    ours, theirs = numerals(english, SCALES), numerals(source, lang.scales)
    for value in [value for value in theirs - ours if value in spelt(english)]:
        theirs[value] = ours[value]  # two hundred, written 200
    if ours != theirs:
        found["numbers"] = sorted((ours - theirs).elements()), sorted((theirs - ours).elements())
    return found


# The mechanism ---------------------------------------------------------------------------------------------------

SETTINGS = """\
name = "Deutsch"
note = "Noch nicht übersetzt."
scales = { Million = 1000000, Tausend = 1000 }

[words]
"Open in Colab" = "In Colab öffnen"
online = "online"
"Figure:" = "Bild:"
"Predict." = "Was meinst du?"
Yes = "Ja"
Hint = "Tipp"
Solution = "Lösung"
"""


@pytest.fixture
def german(tmp_path):
    """A small course with a German notebook, of which `write` replaces the translation."""
    course(tmp_path)
    folder = tmp_path / "translations" / "de"
    folder.mkdir(parents=True)
    (folder / "language.toml").write_text(SETTINGS, encoding="utf-8")
    path = tmp_path / "notebooks" / "00_start.ipynb"
    cells = [markdown("# 00 · Title\n\nText.", "title"), code("", name="setup"), markdown("Words.", "words-1")]
    cells += [code("6 * 7", "42", "count")]
    cells += [markdown("It is **42**. See [this](00_start.ipynb), [w](glossary.md).", "end")]
    notebooks.write(releasing.stamped(notebook(*cells), path, tmp_path), path)
    (tmp_path / "notebooks" / "01_next.ipynb").write_text("{}")
    (tmp_path / "notebooks" / "glossary.md").write_text("words")

    def write(text):
        (folder / "00_start.md").write_text(text, encoding="utf-8")

    write("<!-- cell: title -->\n# 00 · Titel\n\nText auf Deutsch.\n\n<!-- cell: words-1 -->\nWorte.\n")
    return tmp_path, write


def built(root):
    return notebooks.read(root / "notebooks" / "de" / "00_start.ipynb")


def test_a_notebook_is_built_from_english_code_and_translated_text(german):
    root, _ = german
    changed = translating.translate("de", root)
    assert [path.name for path in changed] == ["00_start.md", "00_start.ipynb"]
    ours, theirs = built(root), notebooks.read(root / "notebooks" / "00_start.ipynb")
    assert [cell for cell in ours.cells if cell.cell_type == "code"] == [
        cell for cell in theirs.cells if cell.cell_type == "code"
    ]
    address = "https://colab.research.google.com/github/owner/old-name/blob/main/notebooks/de/00_start.ipynb"
    assert ours.cells[0].source == f"# 00 · Titel\n\n[In Colab öffnen]({address})\n\nText auf Deutsch."
    assert ours.cells[2].source == "Worte."
    assert ours.metadata.course == {"language": "de"}
    assert translating.translate("de", root) == []


def test_what_has_no_translation_is_shown_in_english_with_a_note_and_links_that_lead_there(german):
    root, _ = german
    translating.translate("de", root)
    page = "[w](../glossary.md) ([online](https://github.com/owner/old-name/blob/main/notebooks/glossary.md))"
    wanted = f"> *Noch nicht übersetzt.*\n\nIt is **42**. See [this](00_start.ipynb), {page}."
    assert built(root).cells[4].source == wanted


def test_a_changed_english_cell_makes_its_translation_stale_and_no_other(german):
    root, write = german
    translating.translate("de", root)
    path = root / "notebooks" / "00_start.ipynb"
    nb = notebooks.read(path)
    nb.cells[2].source = "Other words."
    notebooks.write(nb, path)
    (twin,) = translating.twins(translating.language("de", root), root)
    assert translating.state(twin) == (["title"], ["words-1"], ["end"], [])
    assert translating.drifted(twin.language, root) == [twin.built]
    translating.translate("de", root)
    assert built(root).cells[2].source == "> *Noch nicht übersetzt.*\n\nOther words."
    write(twin.translation.read_text(encoding="utf-8").replace("words-1 ", "gone "))
    assert translating.state(twin) == (["title"], [], ["words-1", "end"], ["gone"])


def test_blocks_of_code_are_the_english_ones(german):
    root, write = german
    path = root / "notebooks" / "00_start.ipynb"
    nb = notebooks.read(path)
    for block in ("```python\nx = 1\n```", "```python\nx = 2\n```"):
        nb.cells[2].source = f"Words:\n\n{block}"
        notebooks.write(nb, path)
        write("<!-- cell: words-1 -->\nWorte:\n\n<!-- code -->\n")
        translating.translate("de", root)
        assert built(root).cells[2].source == f"Worte:\n\n{block}"
    write("<!-- cell: words-1 -->\nWorte ohne das Programm.\n")
    translating.translate("de", root)
    assert built(root).cells[2].source == f"> *Noch nicht übersetzt.*\n\n{nb.cells[2].source}"


def test_a_new_address_makes_no_translation_stale(german):
    root, _ = german
    translating.translate("de", root)
    (root / "pyproject.toml").write_text('[tool.course]\nrepository = "owner/new-name"\nref = "main"\n')
    (root / "notebooks" / "01_next.ipynb").unlink()
    releasing.stamp(root)
    (twin,) = translating.twins(translating.language("de", root), root)
    assert translating.state(twin).stale == []
    translating.translate("de", root)
    assert "owner/new-name/blob/main/notebooks/de/" in built(root).cells[0].source


def test_a_twin_follows_its_english_notebook_and_nothing_else(german):
    root, _ = german
    translating.translate("de", root)
    path = root / "notebooks" / "00_start.ipynb"
    nb = notebooks.read(path)
    nb.cells[3].source = "6 * 9"
    notebooks.write(nb, path)
    assert translating.follow([root / "elsewhere.ipynb"], root) == []
    assert translating.follow([path], root) == [root / "notebooks" / "de" / "00_start.ipynb"]
    assert built(root).cells[3].source == "6 * 9"


def test_code_that_drifts_is_found_and_mended(german):
    root, _ = german
    translating.translate("de", root)
    lang = translating.language("de", root)
    assert translating.drifted(lang, root) == []
    path = root / "notebooks" / "de" / "00_start.ipynb"
    nb = built(root)
    nb.cells[3].source = "6 * 8"
    notebooks.write(nb, path)
    assert translating.drifted(lang, root) == [path]
    translating.translate("de", root)
    assert translating.drifted(lang, root) == []


def test_what_has_lost_its_translation_goes(german):
    root, _ = german
    translating.translate("de", root)
    (root / "translations" / "de" / "00_start.md").unlink()
    assert translating.translate("de", root) == [root / "notebooks" / "de" / "00_start.ipynb"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Worte.\n<!-- cell: title -->\n# Titel\n", "begin with a line"),
        ("<!-- cell: title -->\n# Titel\n<!-- cell: title -->\n# Titel\n", "twice"),
    ],
)
def test_a_translation_that_cannot_be_read(german, text, says):
    root, write = german
    write(text)
    with pytest.raises(notebooks.NotebookError, match=says):
        translating.translate("de", root)


def test_a_translation_must_have_its_notebook_and_a_language_its_settings(german):
    root, _ = german
    (root / "translations" / "de" / "07_gone.md").write_text("")
    with pytest.raises(notebooks.NotebookError, match="there is no notebook 07_gone"):
        translating.translate("de", root)
    with pytest.raises(notebooks.NotebookError, match="the languages are de"):
        translating.language("fr", root)


@pytest.mark.parametrize(
    ("english", "source", "what"),
    [
        ("It is **42**.", "Es sind **43**.", "numbers"),
        ("It has 192 channels.", "Es hat 129 Kanäle.", "numbers"),
        ("It has 0.5 of them.", "Es hat die Hälfte.", "numbers"),
        ("It takes 4.8 million.", "Es braucht 4.8 Tausend.", "numbers"),
        ("## A\n### B", "## A\n## B", "headings"),
        ("Say `depth`.", "Sag `tiefe`.", "code in lines"),
        ("```python\nx = 1\n```", "```python\nx = 2\n```", "quoted code"),
        ("Then $k^2$.", "Dann $k^3$.", "formulas"),
        ("See [x](05_vgg.ipynb).", "Siehe [x](06_vgg.ipynb).", "links"),
        ("Figure: a box.", "Ein Bild.", "figures"),
        ("**Predict.** What?", "**Rate.** Was?", "predictions"),
        ("| a | b |\n|---|---|", "| a |\n|---|---|", "tables"),
        ("- a\n- b", "- a", "list items"),
        (
            "<details><summary>A</summary>\n\nYes.\n\n</details>\n<details><summary>B</summary>\n\nNot.\n\n</details>",
            "<details><summary>A</summary>\n\nNein.\n\n</details>\n<details><summary>B</summary>\n\nJa.\n\n</details>",
            "right answers",
        ),
        ("<details><summary>Hint</summary>\n\n</details>", "<details><summary>Rat</summary>\n\n</details>", "hints"),
    ],
)
def test_a_difference_is_found(german, english, source, what):
    assert what in differences(english, source, translating.language("de", german[0]))


@pytest.mark.parametrize(
    ("english", "source"),
    [
        ("It is **42**, in 3 steps.", "**42** in drei Schritten."),
        ("It takes 4.8 million.", "Es braucht 4800 Tausend."),
        ("Two hundred words, a fiftieth of them.", "200 Wörter, 1/50 davon."),
        ("Figure: `a` is $\\text{one} + k$.", "Bild: $\\text{eins} + k$ ist `a`."),
    ],
)
def test_what_says_the_same_differs_in_nothing(german, english, source):
    assert differences(english, source, translating.language("de", german[0])) == {}


GLOSSARY = "# Words\n\n| term | meaning | notebook |\n|---|---|---|\n"
TERMS = "| English | Deutsch | nie | Bedeutung | english |\n|---|---|---|---|---|\n"


def test_the_page_of_words_is_built_from_terms(german):
    root, _ = german
    english = root / "notebooks" / "glossary.md"
    english.write_text(GLOSSARY + "| channel | one sheet | 00 |\n| rank | how many | 01 |\n")
    path = root / "translations" / "de" / "terms.md"
    path.write_text(TERMS + "| channel | Kanal | Känal, Channel | ein Blatt | |\n")
    translating.translate("de", root)
    page = (root / "notebooks" / "de" / "glossary.md").read_text(encoding="utf-8")
    assert "| Kanal (channel) | ein Blatt | 00 |\n" in page and "| rank | how many | 01 |\n" in page
    assert "](glossary.md) ([online]" in built(root).cells[4].source
    assert terms.stale(path, root) == ["rank"]
    assert translating.drifted(translating.language("de", root), root) == []
    english.write_text(GLOSSARY + "| channel | one sheet of numbers | 00 |\n")
    assert terms.stale(path, root) == ["channel"]
    assert terms.terms(path)["channel"].never == ["Känal", "Channel"]
    path.write_text(TERMS + "| channel | Kanal | ein Blatt |\n")
    with pytest.raises(notebooks.NotebookError, match="five cells"):
        terms.terms(path)


def test_the_readme_has_the_table_of_translated_notebooks(german):
    root, _ = german
    (root / "README.md").write_text("# Course\n<!-- stamped: notebooks -->\n<!-- end -->\n")
    settings = root / "translations" / "de" / "language.toml"
    settings.write_text('table = "| | Thema | Minuten | |\\n|---|---|---|---|"\n' + SETTINGS, encoding="utf-8")
    source = root / "translations" / "de" / "README.md"
    source.write_text("<!-- english: ? -->\n# Kurs\n<!-- stamped: notebooks -->\n<!-- end -->\nMehr.\n<!-- end -->\n")
    for name, number in (("notebooks/00_start", "00"), ("assignments/a1_layer", "a1")):
        path = root / f"{name}.ipynb"
        nb = notebooks.read(path)
        nb.cells[0].source = f"# {number} · Title\n\n**You need** notebook 00. **Time** about 20 minutes."
        notebooks.write(nb, path)
    (root / "notebooks" / "01_next.ipynb").unlink()
    translation = root / "translations" / "de" / "00_start.md"
    translation.write_text("<!-- cell: title -->\n# 00 · Titel\n\nText.\n", encoding="utf-8")
    translating.translate("de", root)
    text = (root / "README.de.md").read_text(encoding="utf-8")
    assert text.startswith(
        "# Kurs\n<!-- stamped: notebooks -->\n| | Thema | Minuten | |\n|---|---|---|---|\n| 00 | [Titel]"
    )
    assert "(notebooks/de/00_start.ipynb) | 20 |" in text and "blob/main/notebooks/de/00_start.ipynb" in text
    assert text.count("| a1 | [Title](assignments/a1_layer.ipynb) |") == 1 and text.endswith("Mehr.\n<!-- end -->\n")
    lang = translating.language("de", root)
    assert translating.stale_pages(lang, root) == []
    (root / "README.md").write_text("# The course\n<!-- stamped: notebooks -->\n<!-- end -->\n")
    assert translating.stale_pages(lang, root)[0].startswith("README: stale")


# The course's own ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES.values(), ids=lambda lang: lang.code)
def test_built_notebooks_are_what_they_are_made_from(lang):
    drift = [path.name for path in translating.drifted(lang)]
    assert not drift, f"run `python course.py translate {lang.code}`, and commit"


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: f"{twin.language.code}-{twin.built.stem}")
def test_twins_hold_the_same_code_and_outputs(twin):
    """As data, and without the builder: what a reader of the English notebook runs and sees, this one does."""
    ours, theirs = (json.loads(path.read_text(encoding="utf-8"))["cells"] for path in (twin.built, twin.english))
    assert [cell["id"] for cell in ours] == [cell["id"] for cell in theirs]
    assert [cell for cell in ours if cell["cell_type"] == "code"] == [
        cell for cell in theirs if cell["cell_type"] == "code"
    ]


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: f"{twin.language.code}-{twin.built.stem}")
def test_translated_cells_differ_in_words_alone(twin):
    cells = translating.translated(twin.translation)
    english = {cell.id: cell.source for cell in notebooks.read(twin.english).cells}
    current = translating.state(twin).current
    sources = {name: translating.coded(cells[name].source, translating.plain(english[name])) for name in current}
    assert None not in sources.values(), "as many lines '<!-- code -->' as the English cell has blocks of code"
    found = {name: differences(english[name], sources[name], twin.language) for name in current}
    assert not {name: one for name, one in found.items() if one}


@pytest.mark.parametrize(
    ("source", "shown"),
    [("a **50%**를 b", 1), ("*뭘까?*를 안다", 1), ("a **50**%를 b", 0), ("*뭘까*를 안다", 0), (r"*r\** = 2", 0)],
)
def test_a_star_that_readers_would_see_is_found(source, shown):
    assert len(printed_stars(source)) == shown


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: f"{twin.language.code}-{twin.built.stem}")
def test_bold_and_italics_close(twin):
    found = {name: printed_stars(cell.source) for name, cell in translating.translated(twin.translation).items()}
    assert not {name: one for name, one in found.items() if one}


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: f"{twin.language.code}-{twin.built.stem}")
def test_translations_are_up_to_date(twin):
    """Only a warning: whoever mends an English sentence need not know the language."""
    now = translating.state(twin)
    for kind in ("stale", "missing", "orphaned"):
        if cells := getattr(now, kind):
            warnings.warn(f"{twin.translation.name}: {kind}: {', '.join(cells)}", stacklevel=1)


def glossary_of(lang):
    path = releasing.ROOT / "translations" / lang.code / "terms.md"
    return terms.terms(path) if path.is_file() else {}


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: f"{twin.language.code}-{twin.built.stem}")
def test_terms_have_one_form(twin):
    text = blank(INLINE_CODE, blank(FENCE, twin.translation.read_text(encoding="utf-8")))
    known = glossary_of(twin.language).values()
    wrong = {form: term.ours for term in known for form in term.never if form in text}
    assert not wrong, f"{{what stands there: what terms.md wants}}: {wrong}"


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: f"{twin.language.code}-{twin.built.stem}")
def test_the_notebook_that_explains_a_term_uses_its_form(twin):
    """Where the English notebook has the term in its prose, not in code alone."""
    text = twin.translation.read_text(encoding="utf-8")
    cells = notebooks.read(twin.english).cells
    english = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown").lower()
    number, known = twin.built.stem.split("_")[0], glossary_of(twin.language)
    owed = [term for term, _, at in terms.english_rows(releasing.ROOT) if at == number and term in known]
    owed = [known[term].ours for term in owed if re.sub(r"\s*\(.*\)", "", term).lower() in english]
    assert [form for form in owed if form not in text] == []


@pytest.mark.parametrize("lang", LANGUAGES.values(), ids=lambda lang: lang.code)
def test_terms_are_up_to_date(lang):
    known = glossary_of(lang)
    forms = [term.ours for term in known.values()]
    assert len(set(forms)) == len(forms), "two terms, one form"
    spare = set(known) - {term for term, _, _ in terms.english_rows(releasing.ROOT)}
    for line in [*translating.stale_pages(lang), *(f"terms: orphaned: {term}" for term in spare)]:
        warnings.warn(f"{lang.code}, {line}", stacklevel=1)
