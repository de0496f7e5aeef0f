"""What students read (feedback pages, Gradescope's form), and the page of statistics for the instructor."""

import io
import json
import re
import stat
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from classroom import make_assignment
from made import QUESTIONS, Page, finding, graded, kept, table, take

from autograder import feedback, gradebook, gradescope, marks, statistics
from autograder.questions import load_assignment

OUTSIDE = r"https?:|src=|url\(|@import|<script|<link|<iframe"


# Feedback -------------------------------------------------------------------------------------------------------------


def test_a_page_explains_each_lost_point_and_nothing_else_of_the_checks():
    page = Page(feedback.page(graded("kim"), {}))
    assert "4 of 6 points" in page.words and "It is <b>off</b> by one." in page.words
    assert "424242" not in page.words and "Graded file: kim.ipynb" in page.words
    full = Page(feedback.page(graded("lee", 6.0), {}))
    assert "No points were lost" in full.words and "one added" not in full.words


def test_questions_are_called_by_their_headings():
    solution = Path(__file__).parents[2] / "solutions/a1_one_by_one_convolution.ipynb"
    known = feedback.titles(solution)
    assert list(known) == [f"a1-q{number}" for number in range(1, 9)]
    assert known["a1-q1"] == "Question 1 · One pixel, one filter"
    page = Page(feedback.page(graded("kim"), {}, {"q1": "Question 1 · <Add>"}))
    assert page.words.count("Question 1 · <Add>") == 2 and "q1" not in page.words
    record = graded("kim", 6.0)
    record["questions"][0]["findings"].append(finding("follow-on", 0, 0, "Looked at with our answer to q4, since"))
    assert "our answer to Question 4, since" in Page(feedback.page(record, {}, {"q4": "Question 4 · Count"})).words


def test_code_in_a_sentence_is_set_as_code_and_escaped():
    record = graded("kim", 1.0)
    record["questions"][0]["findings"] = [finding("shape", 6, 1, "Pass `by=<b>` to `f`, not `.")]
    text = feedback.page(record, {})
    assert "Pass <code>by=&lt;b&gt;</code> to <code>f</code>, not `." in text
    told = {"kim": graded("kim", 1.0)} | {f"s{n}": record | {"name": f"s{n}"} for n in range(2)}
    page = statistics.page("t1", QUESTIONS, [gradebook.entry(each, {}) for each in told.values()])
    assert "2 × Pass <code>by=&lt;b&gt;</code> to <code>f</code>, not `." in page


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("a1.ipynb ends in the middle: it was cut off. Save it again and hand it in again.", 0),
        ("a1.ipynb is damaged in line 3, so that no program can open it", 1),
    ],
)
def test_who_has_no_result_reads_once_what_to_do(reason, told):
    words = Page(feedback.page({"name": "kim", "assignment": "t1", "status": "unreadable", "reason": reason}, {})).words
    assert words.count("Hand in a new file.") == told and "Your file could not be graded. a1.ipynb" in words


def test_one_cause_is_told_once():
    record = graded("kim", 1.0)
    told = "It did not give a result. NameError: name 'math' is not defined."
    lost = [finding(f"check {number}", 1, 0, told) for number in range(5)]
    record["questions"][0]["findings"] = [*lost, finding("shape", 1, 0, "Look at the shape."), finding("ok", 1, 1)]
    words = Page(feedback.page(record, {})).words
    assert words.count("name 'math' is not defined") == 1
    assert "Five checks: check 0, check 1, check 2, check 3 and check 4" in words and "0 of 5 points" in words
    assert "Look at the shape." in words


def test_an_error_is_one_cause_whatever_numbers_stand_in_it():
    told = "It did not give a result. ValueError: layer '{}' got shape ({}, 4)."
    lost = [finding(name, 1, 0, told.format(name, size)) for name, size in [("dense", 3), ("dense_1", 20)]]
    (cause,) = feedback.causes(lost)
    assert cause["what"] == "dense and dense_1" and "layer 'dense' got shape (3, 4)" in cause["sentence"]
    assert len(feedback.causes([finding("a", 1, 0, "Off by 3."), finding("b", 1, 0, "Off by 4.")])) == 2


def test_what_students_write_stays_text():
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)> &amp; \u202e'
    record = graded(evil, text=evil)
    record["questions"][0]["id"] = evil
    record["questions"][0]["findings"] = [finding(evil, 6, 0, evil)]
    mark = {"name": evil, "question": "q2", "points": 1, "comment": evil, "text": marks.text_digest(evil)}
    page = Page(feedback.page(record, {(evil, "q2"): mark}))
    assert not {tag for tag, _ in page.tags} & {"script", "img", "b", "link", "iframe"}
    assert page.words.count("<script>alert(1)</script>") >= 4 and "\u202e" not in page.words
    unreadable = {"name": evil, "assignment": "t1", "status": "unreadable", "reason": evil}
    assert not Page(feedback.page(unreadable, {})).named("script")


def test_a_page_can_be_read_without_colour_mouse_or_network():
    text = feedback.page(graded("kim", text="x"), {})
    page = Page(text)
    assert page.named("html") == [{"lang": "en"}]
    for tag in ("h1", "main", "title", "caption"):
        assert len(page.named(tag)) == 1
    assert {cell["scope"] for cell in page.named("th")} == {"col", "row"}
    assert not re.search(OUTSIDE, text)
    policy = next(meta["content"] for meta in page.named("meta") if "http-equiv" in meta)
    assert "default-src 'none'" in policy


def test_text_has_a_contrast_of_at_least_seven_to_one():
    style = (Path(feedback.__file__).parent / "templates/page.html").read_text()
    colours = dict(re.findall(r"--(\w+): #([0-9a-f]+);", style))
    for ink in ("ink", "soft"):
        for paper in ("paper", "wash"):
            light, dark = sorted((_luminance(colours[ink]), _luminance(colours[paper])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 6.8, (ink, paper)


def _luminance(colour: str) -> float:
    """Of a colour of sRGB, as WCAG 2.2 defines it."""
    colour = colour if len(colour) == 6 else "".join(letter * 2 for letter in colour)
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def test_pages_tell_what_is_to_come_and_what_went_wrong():
    waiting = Page(feedback.page(graded("kim", text="x"), {})).words
    assert "still to come" in waiting
    mark = {"name": "kim", "question": "q2", "points": 3, "comment": "Say why.", "text": marks.text_digest("x")}
    marked = Page(feedback.page(graded("kim", text="x"), {("kim", "q2"): mark})).words
    assert "7 of 10 points" in marked and "marked by hand. Say why." in marked
    torn = {"name": "k", "assignment": "t1", "status": "unreadable", "reason": "kim.ipynb is empty"}
    assert (
        "Your file could not be graded. kim.ipynb is empty. Hand in a new file." in Page(feedback.page(torn, {})).words
    )
    failed = Page(feedback.page({"name": "k", "assignment": "t1", "status": "failed", "reason": "Traceback"}, {})).words
    assert "not through a fault that you could mend" in failed and "Traceback" not in failed
    stub = graded("kim")
    stub["questions"][0]["findings"] = [finding("question", 6, 0, "not started")]
    assert "Not started: 0 of 6 points." in Page(feedback.page(stub, {})).words


# Gradescope -----------------------------------------------------------------------------------------------------------


def test_results_have_gradescopes_form():
    form = gradescope.results(graded("kim", text="x"))
    assert form["score"] == 4 and form["visibility"] == "visible"
    first, second = form["tests"]
    assert (first["score"], first["max_score"], first["number"]) == (4, 6, "q1")
    assert "It is <b>off</b> by one." in first["output"] and first["output_format"] == "text"
    assert (second["score"], second["max_score"]) == (0, 4) and "person" in second["output"]
    assert "424242" not in json.dumps(form)
    form = gradescope.results({"name": "k", "assignment": "t1", "status": "unreadable", "reason": "torn"})
    assert form["score"] == 0 and "torn" in form["output"]
    form = gradescope.results(
        {"name": "k", "assignment": "t1", "status": "failed", "reason": "Traceback of the checks"}
    )
    assert "Traceback" not in json.dumps(form)


def test_gradescopes_form_holds_overrides_and_extra_credit(tmp_path):
    head = ["submission", "question", "points", "comment"]
    known = kept(tmp_path, graded("kim", 1.0))
    take(tmp_path, table(tmp_path / "o.csv", head, ["kim", "q1", "5", "Nearly"], ["kim", "extra", "2", "More"]))
    form = gradescope.results(known["kim"], marks.read_marks(tmp_path))
    assert form["score"] == 7 and [test["score"] for test in form["tests"]] == [5, 2]
    assert "Given by hand in place of 1: Nearly" in form["tests"][0]["output"]


def test_the_package_holds_what_gradescope_wants_and_what_grading_needs(tmp_path):
    content = gradescope.package(load_assignment(make_assignment(tmp_path) / "t1.py"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {member.filename: member for member in archive.infolist()}
        for script in ("setup.sh", "run_autograder"):
            assert members[script].external_attr >> 16 & stat.S_IXUSR
            assert archive.read(script).startswith(b"#!/usr/bin/env bash\n")
        archive.extractall(tmp_path / "source")
    assert "autograder/engine.py" in members and "autograder/templates/feedback.html" in members
    assert not [name for name in members if name.startswith("course_utils")]  # t1's checks import nothing of it
    assert not [name for name in members if name.startswith(("/", "..")) or "__pycache__" in name]
    (checks,) = (tmp_path / "source").rglob("t1.py")
    assert load_assignment(checks).notebook.is_file()
    run = (tmp_path / "source/run_autograder").read_text()
    assert str(checks.parent.relative_to(tmp_path / "source")) in run
    assert "give itself any score" in " ".join(run.replace("#", "").split())


def test_a_package_takes_along_what_its_checks_import(tmp_path):
    checks = make_assignment(tmp_path) / "t1.py"
    checks.write_text(checks.read_text() + "import course_utils.data\n", encoding="utf-8")
    with zipfile.ZipFile(io.BytesIO(gradescope.package(load_assignment(checks)))) as archive:
        assert "course_utils/bundled/fashion_mnist_5k.npz" in archive.namelist()


# Statistics -----------------------------------------------------------------------------------------------------------


def a_class(folder, scores):
    """Entries of students s0, s1, … with these scores in q1, and 4 − score % 3 in q2."""
    for number, score in enumerate(scores):
        record = graded(f"s{number}", float(score), text="x")
        lost = record["questions"][0]["findings"]
        if lost[0]["message"]:
            lost[0]["message"] = f"Off by {number}."
            lost.append(finding("shape", 0.0001, 0.0001))
        kept(folder, record)
    head = ["submission", "question", "points", "comment"]
    take(folder, table(folder / "m.csv", head, *([f"s{n}", "q2", str(4 - n % 3), "ok"] for n in range(len(scores)))))
    return gradebook.entries(folder)


def test_each_question_has_its_mean_share_right_and_distribution(tmp_path):
    first, second = statistics.summaries(QUESTIONS, a_class(tmp_path, [6, 6, 3, 0, 0, 6]))
    assert first.right == 0.5 and first.mean == pytest.approx(21 / 36)
    assert first.bins == [2, 0, 0, 0, 0, 1, 0, 0, 0, 3] and second.manual
    assert second.bins == [0, 0, 0, 0, 0, 2, 0, 2, 0, 2]


def test_discrimination_is_the_correlation_with_the_rest():
    numpy = pytest.importorskip("numpy")
    one, other = [1, 2, 4, 3, 5, 2], [2, 1, 5, 3, 4, 4]
    assert statistics.correlation(one, other) == pytest.approx(numpy.corrcoef(one, other)[0, 1])
    assert statistics.correlation([1, 1, 1, 1, 1], other[:5]) is None
    assert statistics.correlation([1, 2], [1, 2]) is None


def test_a_check_tells_how_many_lost_it_and_with_which_sentence(tmp_path):
    results = []
    for earned, message in [(0, "Off by 3."), (0, "Off by 12."), (0, "It is text."), (2, "")]:
        results.append({"findings": [finding("value", 2, earned, message), finding("shape", 1, 1)]})
    value, shape = statistics.checks_of(results)
    assert (value.name, value.asked, value.lost, value.rate) == ("value", 4, 3, 0.75)
    assert value.sentences == [("Off by 3.", 2), ("It is text.", 1)] and shape.lost == 0


def test_a_check_that_nearly_everyone_fails_is_marked(tmp_path):
    page = Page(statistics.page("t1", QUESTIONS, a_class(tmp_path, [0, 0, 1, 0, 6, 0]), {"q1": "Question 1 · Add"}))
    assert "Look at these first" in page.words and "Question 1 · Add: one added, lost by 5 of 6" in page.words
    assert "nearly everyone" in page.words
    (tmp_path / "few").mkdir()
    few = Page(statistics.page("t1", QUESTIONS, a_class(tmp_path / "few", [0, 0])))
    assert "Look at these first" not in few.words


def test_a_question_that_gives_no_result_is_counted_apart(tmp_path):
    for number, message in enumerate(["not started", "Your cell stops with NameError", "not started"]):
        record = graded(f"s{number}", 0.0)
        record["questions"][0]["findings"] = [finding("question", 6, 0, message)]
        kept(tmp_path, record)
    (summary,) = statistics.summaries(QUESTIONS, gradebook.entries(tmp_path))
    assert (summary.not_started, summary.no_result, summary.checks) == (2, 1, [])


def test_the_page_has_no_script_no_request_and_its_diagrams_are_told_in_words(tmp_path):
    entries = a_class(tmp_path, [6, 5, 3, 0, 0, 6])
    text = statistics.page("t1", QUESTIONS, entries, {"q1": "<b>One</b>"})
    page = Page(text)
    assert not re.search(OUTSIDE, text) and "<b>One</b>" in page.words
    told = [svg for svg in page.named("svg") if svg.get("role") == "img"]
    assert len(told) == 3 and "2 between 0 and 10 %" in told[1]["aria-label"]
    grey = set(re.findall(r'(?:fill|stroke)="#([0-9a-f]+)"', text))
    assert all(len(set(re.findall("..", colour))) == 1 or colour == "fff" for colour in grey)


def test_rows_that_do_not_count_are_left_out_of_the_statistics(tmp_path):
    kept(tmp_path, graded("kim", 6.0), graded("lee", 0.0))
    entries = gradebook.entries(tmp_path, unconfirmed={"lee": "withdrawn"})
    (summary,) = statistics.summaries(QUESTIONS, entries)
    assert summary.shares == [1.0]
    assert "1 more has no result that counts" in Page(statistics.page("t1", QUESTIONS, entries)).words


def test_sentences_that_differ_in_numbers_are_one():
    found = statistics.alike(Counter({"3 of 5 values differ.": 2, "11 of 250 values differ.": 5, "No shape.": 1}))
    assert found == [("11 of 250 values differ.", 7), ("No shape.", 1)]
