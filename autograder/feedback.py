"""A page of feedback for each student: what was earned, and a sentence for each point that was not.

One HTML file that needs nothing else (pages.py). Hidden inputs, expected values and the seed are not in it. Headings,
a caption, header cells and words (never colour alone) carry the meaning. One cause is told once, however many checks
it failed. A page is in the language of the notebook that was handed in (languages.py); records are in English.
"""

import json
import re
from pathlib import Path

from .gradebook import Entry, Settings, entry
from .inbox import file_names
from .languages import ENGLISH, Language, language
from .lateness import in_words
from .marks import GRADED
from .pages import render
from .questions import NOT_STARTED
from .records import write_atomically
from .sentences import Sentence, listed, mapped, say
from .tables import number

FOLDER = "feedback"
NUMBERS = (
    *(say("Four"), say("Five"), say("Six"), say("Seven"), say("Eight"), say("Nine")),
    *(say("Ten"), say("Eleven"), say("Twelve")),
)


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


def page_of(entry: Entry, settings: Settings, titles=None, answers=None, checks=None) -> str:
    """The feedback on one submission as HTML; answers: an Attachment (attached.py) that goes out with it.

    checks: the file of hidden checks, beside which their sentences lie in other languages.
    """
    final, titles = entry.final, titles or {}
    tell = language(final.get("language") or "en", checks)
    title = tell(say("Feedback on {assignment}: {name}", assignment=final["assignment"], name=entry.name))
    if trouble := _trouble(final, tell):
        return render("feedback.html", tell, title=title, trouble=trouble)
    late = say("{days} late: {rule}", days=in_words(entry.days), rule=settings.rule.told())
    return render(
        "feedback.html", tell, title=title, trouble=None, score=entry.score, max_score=entry.max_score,
        waiting=final["status"] == "to mark", file=Path(final.get("source", "")).name, extra=final["extra"],
        questions=[_question(question, titles, tell) for question in final["questions"]],
        penalty=entry.penalty, late=tell(late), answers=answers,
    )  # fmt: skip


def _trouble(final, tell: Language) -> list[str]:
    """What there is to say of a submission without a result."""
    if final["status"] == "unreadable":
        what_to_do = [tell(say("Hand in a new file."))] * ("hand" not in final["reason"].casefold())
        reason = sentence(tell(said(final, "reason")), tell)
        return [tell(say("Your file could not be graded. {reason}", reason=reason)), *what_to_do]
    if final["status"] not in (*GRADED, "to mark"):
        told = say("Grading did not finish, and not through a fault that you could mend. Your instructor knows.")
        return [tell(told)]
    return []


def _question(question, titles, tell: Language) -> dict:
    """One question as the template wants it; told: whether there is anything to explain."""
    most, points = question["max_points"], question["points"]
    told = {"title": tell(titles.get(question["id"], question["id"])), "points": points, "most": most, "by_hand": "",
            "comment": "", "sentence": "", "causes": []}  # fmt: skip
    if mark := question["mark"]:
        values = {"points": number(points), "most": number(most), "automatic": number(question["automatic"])}
        if mark.get("override"):
            by_hand = say("{points} of {most} points, given by hand in place of {automatic}.", **values)
            told["by_hand"] = tell(by_hand)
        elif mark["comment"] or points != most:
            told["by_hand"] = tell(say("{points} of {most} points, marked by hand.", **values))
        told["comment"] = mark["comment"]
    elif question.get("manual"):
        told["sentence"] = tell(say("This answer is read by a person. The points are still to come."))
    if not question.get("manual"):
        told["causes"] = causes(question["findings"], titles, tell)
        if told["causes"] and question["findings"][0]["message"] == NOT_STARTED:
            told["causes"], told["sentence"] = [], tell(say("Not started: 0 of {most} points.", most=number(most)))
    return told | {"told": bool(told["by_hand"] or told["sentence"] or told["causes"])}


def causes(findings, titles=None, tell: Language | None = None) -> list[dict]:
    """[{what, earned, points, sentence}]: why points were lost, checks with the same cause put together; remarks last.

    what: the check, or how many; "" for a remark and for a cause that concerns the question as a whole.
    tell: the language; English when None.
    """
    tell = tell or language()
    groups: dict[str, list] = {}
    remarks = []
    for finding in findings:
        if not finding["points"]:
            if finding["message"]:
                remarks.append({"what": "", "earned": 0, "points": 0, "sentence": _remark(finding, titles or {}, tell)})
        elif finding["earned"] < finding["points"]:
            groups.setdefault(_cause(finding["message"]), []).append(finding)
    found = []
    for lost in groups.values():
        message = said(lost[0]) or say("The answer is not right.")
        names = [finding["check"] for finding in lost]
        what = listed([say(name) for name in names])
        if names == ["question"]:
            what = say("The whole question")
        elif len(names) > 3:
            counted = dict(enumerate(NUMBERS, start=4)).get(len(names), len(names))
            what = say("{number} checks: {checks}", number=counted, checks=what)
        earned, points = (sum(finding[part] for finding in lost) for part in ("earned", "points"))
        told = tell(say("Not started.") if message == NOT_STARTED else message)
        found.append({"what": tell(what), "earned": earned, "points": points, "sentence": sentence(told, tell)})
    return found + remarks


def _cause(message: str) -> str:
    """What two checks' messages share when they tell of one cause: an error is one, whatever numbers stand in it."""
    if not message.startswith("It did not give a result"):
        return message
    return re.sub(r"\d+", "#", re.sub(r"_\d+\b", "", message))  # Keras numbers layers: dense, dense_1


def said(record, part: str = "message") -> Sentence:
    """The sentence that a finding holds, or a record without a result as its reason."""
    return Sentence(record["told"]) if "told" in record else say(record[part]) if record[part] else ""


def _remark(finding, titles, tell: Language) -> str:
    """A remark, perhaps on another question, which is called by its number."""

    def numbered(text: str) -> str:
        words = re.split(r"([\w-]+)", text)
        return "".join(tell(titles[word]).split(" · ")[0] if word in titles else word for word in words)

    return sentence(numbered(tell(Sentence(mapped(said(finding).parts, numbered)))), tell)


def sentence(text: str, tell: Language) -> str:
    """`text` with a full stop, and in English with a capital letter."""
    first = text.partition(" ")[0]
    if tell.code == ENGLISH and "." not in first.rstrip("."):  # not the name of a file
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ")", "…")) else text + "."


def write_pages(folder, solution, made: list[Entry], settings: Settings, answers=None, checks=None) -> None:
    """feedback/<submission>.html for every entry, with or without `answers`."""
    folder, known, files = Path(folder) / FOLDER, titles(solution), file_names(each.name for each in made)
    for each in made:
        write_atomically(folder / f"{files[each.name]}.html", page_of(each, settings, known, answers, checks))
