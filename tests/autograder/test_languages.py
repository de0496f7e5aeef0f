"""Feedback in the language of the notebook: sentences that remember what they are made of, and pages made from them."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from made import Page, finding, graded

from autograder import answers, feedback, gradebook, gradescope, languages, telling, worker
from autograder.deciding import compare
from autograder.lateness import Rule
from autograder.questions import Finding
from autograder.sentences import LONGEST, Sentence, is_composed, listed, mapped, received, say, told

ROOT = Path(__file__).parents[2]
A1 = ROOT / "assignments/ko/a1_one_by_one_convolution.ipynb"
CHECKS = ROOT / "solutions/checks/a1.py"


# Sentences ------------------------------------------------------------------------------------------------------------


def test_a_sentence_is_english_text_that_keeps_its_template_and_values():
    inner = say("axis {axis} is too long", axis=2)
    sentence = say("The shape is {shape}: {trouble}.", shape=(3, 4), trouble=inner)
    assert sentence == "The shape is (3, 4): axis 2 is too long." and {sentence: 1}[str(sentence)] == 1
    german = {"The shape is {shape}: {trouble}.": "{trouble} ({shape})", "axis {axis} is too long": "Achse {axis}"}
    assert told(sentence.parts, lambda text: german.get(text, text)) == "Achse 2 ((3, 4))"
    assert say("{macs:,} MACs at {norm:.1e}", macs=12345, norm=1e-7) == "12,345 MACs at 1.0e-07"
    assert told(say("{macs:,} MACs", macs=12345).parts, lambda _: "MACs: {macs}") == "MACs: 12,345"
    both = "First. " + say("A {b}.", b=1) + " " + say("C.")
    assert both == "First. A 1. C." and told(both.parts, str.upper) == "First. A {B}. C."
    assert listed(["a", "b", "c"]) == "a, b and c" and listed(["a"]) == "a"


def test_a_finding_and_an_error_cross_from_process_to_process_with_what_they_are_made_of():
    found = compare("bias", 2, answers.Answer(np.ones((3, 2))), np.ones((3, 4)))
    data = json.loads(json.dumps(found.as_data()))
    assert data["message"] == "The result has the shape (3, 2): axis 1 should be longer or shorter."
    again = Finding.of_data(data)
    assert again == found and again.message.parts == found.message.parts
    plain = Finding("bias", 2, 0, say("The bias is missing."))
    assert plain.as_data() == {"check": "bias", "points": 2, "earned": 0, "message": "The bias is missing."}
    assert Finding.of_data(plain.as_data()) == plain

    def probed(function):
        return answers.read(answers.pack({"x": answers.attempt(function)}))["x"].error

    error = probed(lambda: None)
    assert error.startswith("TypeError: it returned None") and is_composed(error)
    assert told(error.parts, lambda text: "…").startswith("TypeError: …")


@pytest.mark.parametrize("data", ["", "no JSON", "[1]", '[["a"]]', '[["a", {"b": 3}]]', "[" * 5000, '{"a": 1}', "null"])
def test_whatever_a_submission_sends_becomes_a_short_text(data):
    assert str(received(data, 100)) == data[:100]
    assert telling.text({"error": data}) == data[: answers.MAX_TOLD]


def test_templates_that_repeat_themselves_do_not_grow_without_end():
    parts = ["x" * 100]
    for _ in range(7):
        parts = [["{a}" * 30, {"a": parts}]]
    assert len(received(json.dumps(parts), 300)) == 300
    assert len(Sentence(parts)) <= LONGEST
    assert received(json.dumps([["{a.__class__} {a}", {"a": ["b"]}]]), 99) == "{a.__class__} b"  # no format string


def test_what_stands_in_the_slots_can_be_changed_and_the_templates_not():
    sentence = say("{file} is {what}", file="a.ipynb", what=say("a file {file}", file="a.ipynb"))
    assert told(mapped(sentence.parts, lambda text: text.replace("a.ipynb", "b"))) == "b is a file b"


# Which language -------------------------------------------------------------------------------------------------------


def test_a_notebook_is_in_the_language_that_its_metadata_say():
    data = A1.read_bytes()
    assert languages.language_of(data) == "ko"
    assert languages.language_of(json.dumps(json.loads(data)).encode()) == "ko"  # however it is spaced and escaped
    assert languages.language_of((ROOT / "assignments" / A1.name).read_bytes()) == ""
    document = json.loads(data)
    document["cells"] = document["cells"][:1]
    assert languages.language_of(json.dumps(document).encode()) == "ko"


@pytest.mark.parametrize("escaped", [True, False])
def test_without_the_mark_and_in_a_torn_file_the_headings_tell_the_language(escaped):
    document = json.loads(A1.read_bytes())
    del document["metadata"]["course"]
    data = json.dumps(document, ensure_ascii=escaped).encode()
    assert languages.language_of(data) == languages.language_of(data[: len(data) // 2]) == "ko"


def test_an_unreadable_notebook_is_answered_in_its_language():
    torn = base64.b64encode(A1.read_bytes()[:5000]).decode()
    options = {"private": [], "sandbox": False}
    outcome = worker.grade_task({"name": "kim", "notebook": torn, "checks": str(CHECKS), "options": options})
    assert outcome["status"] == "unreadable" and outcome["language"] == "ko"
    assert outcome["reason"].startswith("kim.ipynb ends in the middle")
    record = {"name": "kim", "assignment": "a1"} | outcome
    words = Page(feedback.page(record, {})).words
    assert "파일을 채점할 수 없었습니다. kim.ipynb: 중간에서 끝납니다" in words and "ends" not in words
    assert "kim.ipynb: 중간에서 끝납니다" in gradescope.results(record)["output"]


# Pages ----------------------------------------------------------------------------------------------------------------


def korean(*findings):
    record = graded("kim", 1.0) | {"language": "ko"}
    record["questions"] = record["questions"][:1]
    record["questions"][0]["findings"] = list(findings)
    return record


def words_of(record, titles=None):
    entry = gradebook.entry(record, {})
    return Page(feedback.page_of(entry, gradebook.Settings(), titles, checks=CHECKS))


def test_a_page_is_in_korean_from_the_first_heading_to_the_last_lost_point():
    shape = compare("image", 2, answers.Answer(np.ones((3, 2))), np.ones((3, 4))).as_data()
    slip = finding("bias", 2, 0, "The weighted sum is right, and the bias is missing.")
    note = Finding(
        "follow-on",
        0,
        0,
        say(
            "Looked at with our answer to {questions}, since yours lost points there already.",
            questions=listed(["a1-q1"]),
        ),
    )
    record = korean(shape, slip, note.as_data())
    titles = {"q1": "Question 2 · Every pixel, every filter", "a1-q1": "Question 1 · One pixel, one filter"}
    page = words_of(record, titles)
    assert '<html lang="ko">' in feedback.page(record, {})
    for said in (
        "t1 채점 결과: kim", "문제마다 받은 점수", "문제 2 · 모든 픽셀, 모든 필터",
        "결과의 형상이 (3, 2)입니다. 축 1의 길이가 달라야 합니다.", "가중합은 맞고, 편향이 빠졌습니다.",
        "문제 1에서 이미 점수를 잃었으므로", "점 가운데",
    ):  # fmt: skip
        assert said in page.words, said
    for said in ("points", "Question", "missing", "shape"):
        assert said not in page.words, said
    form = gradescope.results(record, names=titles, checks=CHECKS)["tests"][0]
    assert form["name"] == "문제 2 · 모든 픽셀, 모든 필터"
    assert "가중합은 맞고, 편향이 빠졌습니다." in form["output"] and "missing" not in form["output"]


def test_the_same_record_without_a_language_or_in_one_without_a_catalogue_is_told_in_english():
    record = korean(finding("bias", 2, 0, "The weighted sum is right, and the bias is missing."))
    for code in (None, "xx"):
        page = words_of(record | {"language": code})
        assert page.named("html")[0]["lang"] == "en"
        assert "The weighted sum is right, and the bias is missing." in page.words and "1 of 6 points" in page.words
        assert not any("가" <= letter <= "힣" for letter in page.words)


def test_what_a_student_wrote_is_shown_as_it_is():
    record = korean(
        finding("bias", 2, 0, "TypeError: {name} %(x)s <b>"),
        Finding("image", 2, 0, say("Your cell stops with {error}", error="Points {x} <i>")).as_data(),
    )
    words = words_of(record).words
    assert "TypeError: {name} %(x)s <b>" in words and "셀이 다음 오류로 멈춥니다. Points {x} <i>" in words


def test_a_late_notebook_is_told_so_in_its_language():
    record = korean() | {"late": True}
    settings = gradebook.Settings(rule=Rule(penalty=10, free=2, most=50))
    assert settings.rule.told() == "10 % of the points for each day begun after 2 free days, at most 50 %"
    settings = gradebook.Settings(rule=Rule(penalty=10))
    page = Page(feedback.page_of(gradebook.entry(record, {}, settings), settings))
    assert "1일 늦음: 하루 늦을 때마다 점수의 10 %" in page.words
    assert gradebook.entry(record, {}, settings).remarks == ("1 day late",)
