"""The grader's sentences in other languages: none is missing, and what is not marked for translation is found."""

import ast
import gettext
import re
from pathlib import Path

import numpy as np
import pytest
from making import course

from authoring import catalogues, terms, translating
from autograder import answers
from autograder.questions import NOT_STARTED, load_assignment
from autograder.sentences import parts_of, say

ROOT = Path(__file__).parents[2]
LANGUAGES = {code: translating.language(code) for code in translating.languages()}
CASES = [(lang, part) for lang in LANGUAGES.values() for part in catalogues.parts()]
NAMES = [f"{lang.code}-{part.name}" for lang, part in CASES]
CHECKS = sorted((ROOT / "solutions/checks").glob("a*.py"))


# What stands in the repository ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "part"), CASES, ids=NAMES)
def test_no_sentence_of_feedback_is_without_its_translation(lang, part):
    stands = catalogues.state(catalogues.merged(part, lang, translating.up_to_date(lang)))
    assert len(stands.current) > 100
    for kind in ("missing", "stale", "orphaned", "wrong"):
        assert not getattr(stands, kind), f"{kind}: see `python course.py translate {lang.code} --check`"


@pytest.mark.parametrize(("lang", "part"), CASES, ids=NAMES)
def test_what_the_grader_reads_is_what_people_translated(lang, part):
    catalogue = catalogues.merged(part, lang, translating.up_to_date(lang))
    with part.file(lang.code, "mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert {message.id: read.gettext(message.id) for message in catalogue if message.id} == {
        message.id: message.string for message in catalogue if message.id
    }
    assert not catalogues.drifted(lang, translating.up_to_date(lang))


@pytest.mark.parametrize(("lang", "part"), CASES, ids=NAMES)
def test_terms_have_one_form(lang, part):
    known = terms.terms(ROOT / "translations" / lang.code / "terms.md").values()
    texts = [message.string for message in catalogues.merged(part, lang, translating.up_to_date(lang)) if message.id]
    wrong = {form: term.ours for term in known for form in term.never for text in texts if form in text}
    assert not wrong, f"{{what stands there: what terms.md wants}}: {wrong}"


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_every_sentence_of_a_check_is_marked(path):
    """Whatever reads like a sentence stands in `say`, and in no f-string, which no catalogue could know."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    unmarked = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        above = inner[node]
        marked = isinstance(above, ast.Call) and getattr(above.func, "id", "") == "say"
        described = isinstance(above, ast.Expr)  # a docstring
        if not marked and not described and re.search(r"\w+ \w+ \w+.*[.?:]$", text):
            unmarked.append(f"line {node.lineno}: {text}")
    assert not unmarked


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_the_names_of_checks_and_what_failing_answers_are_told_stand_in_the_catalogues(path):
    known = {message.id for part in catalogues.parts() for message in catalogues.sentences(part)}
    seen = 0
    for question in load_assignment(path).questions:
        if question.manual:
            continue

        def wrong(*args, **kwargs):
            raise ValueError("not so")

        inputs = question.inputs(np.random.default_rng(3))
        try:
            given = answers.read(answers.pack(question.probe(wrong, inputs)))
        except ValueError:
            continue  # the whole question fails with it
        for found in question.decide(inputs, given):
            assert found.check in known, found.check
            for part in parts_of(found.message):
                assert isinstance(part, str) or part[0] in known, part
            seen += bool(found.message) and found.message != NOT_STARTED
    assert seen > 5


# How they are made ----------------------------------------------------------------------------------------------------


@pytest.fixture
def german(tmp_path):
    """A course with one sentence of each kind, and a language."""
    root = course(tmp_path)
    (root / "translations/de").mkdir(parents=True)
    settings = 'name = "Deutsch"\nnote = "Englisch"\n[words]\n"Open in Colab" = "In Colab öffnen"\n'
    (root / "translations/de/language.toml").write_text(settings, encoding="utf-8")
    (root / "autograder/templates").mkdir(parents=True)
    for name in catalogues.TEMPLATES:
        (root / "autograder/templates" / name).write_text('<p>{{ _("Points") }}</p>', encoding="utf-8")
    (root / "autograder/x.py").write_text('say("You lost {n:,} points.", n=say("no"))\n', encoding="utf-8")
    return root


def lines(root):
    return catalogues.report(translating.language("de", root), [], root)


def test_a_catalogue_begins_empty_and_keeps_what_people_write(german):
    lang = translating.language("de", german)
    assert "autograder: missing: You lost {n:,} points." in lines(german)
    written = catalogues.write(lang, [], german)
    assert [path.suffix for path in written] == [".po", ".mo"] and not catalogues.write(lang, [], german)
    text = written[0].read_text(encoding="utf-8")
    assert [found in text for found in ('msgid "no"', 'msgid "Points"', "Babel")] == [True, True, False]
    text = text.replace('points."\nmsgstr ""', 'points."\nmsgstr "{n} verloren."')
    written[0].write_text(text, encoding="utf-8")
    assert catalogues.write(lang, [], german) == written[1:]  # the compiled one alone
    with written[1].open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("You lost {n:,} points.") == "{n} verloren."
    assert "autograder: missing: no" in lines(german) and not any("You lost" in line for line in lines(german))


def test_a_changed_sentence_is_stale_a_lost_one_orphaned_and_a_lost_slot_wrong(german):
    lang = translating.language("de", german)
    po, mo = catalogues.write(lang, [], german)
    text = po.read_text(encoding="utf-8").replace('points."\nmsgstr ""', 'points."\nmsgstr "Verloren."')
    po.write_text(text.replace('"no"\nmsgstr ""', '"no"\nmsgstr "keine"'), encoding="utf-8")
    assert "autograder: other slots than the English: You lost {n:,} points." in lines(german)
    (german / "autograder/x.py").write_text('say("You lost all {n:,} points.", n=1)\n', encoding="utf-8")
    told = lines(german)
    assert "autograder: stale: You lost all {n:,} points." in told and "autograder: orphaned: no" in told
    catalogues.write(lang, [], german)
    assert "#, fuzzy" in po.read_text(encoding="utf-8")
    with mo.open("rb") as file:
        english = "You lost all {n:,} points."
        assert gettext.GNUTranslations(file).gettext(english) == english  # until someone has looked at it


def test_marks_are_found_however_deep(tmp_path):
    path = tmp_path / "x.py"
    path.write_text('f([(1, say("a " "b", c=[say("c")]))]); passed("d", say("e")); other("f"); say(g)\n')
    assert list(catalogues._in_python(path)) == ["a b", "c", "d", "e"]
    assert say("a") == "a"
