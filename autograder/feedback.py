"""A page of feedback for each student: what was earned, and a sentence for each point that was not.

One HTML file that needs nothing else (pages.py). Hidden inputs, expected values and the seed are not in it. Headings,
a caption, header cells and words (never colour alone) carry the meaning. One cause is told once, however many checks
it failed.
"""

import json
import re
from pathlib import Path

from .gradebook import Entry, Settings, entry
from .inbox import file_names
from .lateness import in_words
from .marks import GRADED
from .pages import render
from .questions import NOT_STARTED
from .records import write_atomically
from .tables import number

FOLDER = "feedback"
SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def titles(solution) -> dict[str, str]:
    """{grade id: the heading above its cell} in the solution notebook, such as "Question 1 · One pixel, one filter"."""
    found, heading = {}, None
    for cell in json.loads(Path(solution).read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if label := cell["metadata"].get("nbgrader"):
            if label.get("solution") and heading:
                found[label["grade_id"]] = heading
        elif cell["cell_type"] == "markdown" and (match := re.match(r"#+ +(.+)", source)):
            heading = match[1].strip()
    return found


def page(record, marks, titles=None) -> str:
    """The feedback on one record as HTML, without roster and rule. titles: {question id: what to call it}."""
    return page_of(entry(record, marks), Settings(), titles)


def page_of(entry: Entry, settings: Settings, titles=None, answers=None) -> str:
    """The feedback on one submission as HTML; answers: an Attachment (attached.py) that goes out with it."""
    final, titles = entry.final, titles or {}
    title = f"Feedback on {final['assignment']}: {entry.name}"
    if trouble := _trouble(final):
        return render("feedback.html", title=title, trouble=trouble)
    return render(
        "feedback.html", title=title, trouble=None, score=entry.score, max_score=entry.max_score,
        waiting=final["status"] == "to mark", file=Path(final.get("source", "")).name, extra=final["extra"],
        questions=[_question(question, titles) for question in final["questions"]],
        penalty=entry.penalty, late=in_words(entry.days), rule=settings.rule.told(), answers=answers,
    )  # fmt: skip


def _trouble(final) -> list[str]:
    """What there is to say of a submission without a result."""
    if final["status"] == "unreadable":
        what_to_do = ["Hand in a new file."] * ("hand" not in final["reason"].casefold())
        return [f"Your file could not be graded. {sentence(final['reason'])}", *what_to_do]
    if final["status"] not in (*GRADED, "to mark"):
        return ["Grading did not finish, and not through a fault that you could mend. Your instructor knows."]
    return []


def _question(question, titles) -> dict:
    """One question as the template wants it; told: whether there is anything to explain."""
    most, points = question["max_points"], question["points"]
    told = {"title": titles.get(question["id"], question["id"]), "points": points, "most": most, "by_hand": "",
            "comment": "", "sentence": "", "causes": []}  # fmt: skip
    if mark := question["mark"]:
        if mark.get("override"):
            told["by_hand"] = f"given by hand in place of {number(question['automatic'])}"
        elif mark["comment"] or points != most:
            told["by_hand"] = "marked by hand"
        told["comment"] = mark["comment"]
    elif question.get("manual"):
        told["sentence"] = "This answer is read by a person. The points are still to come."
    if not question.get("manual"):
        told["causes"] = causes(question["findings"], titles)
        if told["causes"] and question["findings"][0]["message"] == NOT_STARTED:
            told["causes"], told["sentence"] = [], f"Not started: 0 of {number(most)} points."
    return told | {"told": bool(told["by_hand"] or told["sentence"] or told["causes"])}


def causes(findings, titles=None) -> list[dict]:
    """[{what, earned, points, sentence}]: why points were lost, checks with the same cause put together; remarks last.

    what: the check, or how many; "" for a remark and for a cause that concerns the question as a whole.
    """
    groups: dict[str, list] = {}
    remarks = []
    for finding in findings:
        if not finding["points"]:
            if finding["message"]:
                remarks.append({"what": "", "earned": 0, "points": 0, "sentence": _remark(finding, titles or {})})
        elif finding["earned"] < finding["points"]:
            groups.setdefault(_cause(finding["message"]), []).append(finding)
    found = []
    for lost in groups.values():
        message = lost[0]["message"] or "The answer is not right."
        names = [finding["check"] for finding in lost]
        what = _listed(names) if len(names) <= 3 else f"{in_letters(len(names)).capitalize()} checks: {_listed(names)}"
        what = "The whole question" if names == ["question"] else what
        earned, points = (sum(finding[part] for finding in lost) for part in ("earned", "points"))
        found.append({"what": what, "earned": earned, "points": points, "sentence": sentence(message)})
    return found + remarks


def _cause(message: str) -> str:
    """What two checks' messages share when they tell of one cause: an error is one, whatever numbers stand in it."""
    if not message.startswith("It did not give a result"):
        return message
    return re.sub(r"\d+", "#", re.sub(r"_\d+\b", "", message))  # Keras numbers layers: dense, dense_1


def in_letters(count: int) -> str:
    """5 as "five"; from 13 on in digits."""
    return SMALL[count] if count < len(SMALL) else str(count)


def _listed(names) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def _remark(finding, titles) -> str:
    """A remark, perhaps on another question, which is called by its number."""
    words = (titles.get(word, word).split(" · ")[0] for word in re.split(r"([\w-]+)", finding["message"]))
    return sentence("".join(words))


def sentence(text: str) -> str:
    """`text` with a capital letter and a full stop."""
    if text == NOT_STARTED:
        return "Not started."
    first = text.partition(" ")[0]
    text = text if "." in first.rstrip(".") else text[:1].upper() + text[1:]  # not the name of a file
    return text if text.endswith((".", "!", "?", ")", "…")) else text + "."


def write_pages(folder, solution, made: list[Entry], settings: Settings, answers=None) -> None:
    """feedback/<submission>.html for every entry, with or without `answers`."""
    folder, known, files = Path(folder) / FOLDER, titles(solution), file_names(each.name for each in made)
    for each in made:
        write_atomically(folder / f"{files[each.name]}.html", page_of(each, settings, known, answers))
