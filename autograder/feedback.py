"""A page of feedback for each student: what was earned, and a sentence for each point that was not.

One HTML file that needs nothing else: no script, no picture, no request. Every word that comes from a submission is
escaped, and the page's policy forbids the browser to run or fetch anything. Hidden inputs, expected values and the
seed are not in it. Headings, a caption, header cells and words (never colour alone) carry the meaning.
"""

import json
import re
from html import escape
from pathlib import Path

from .questions import NOT_STARTED
from .records import write_atomically
from .reports import GRADED, mark_of, number, with_marks

FOLDER = "feedback"

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 46rem; margin: 2rem auto;
       padding: 0 1rem; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.15rem; margin-top: 2rem; }}
table {{ border-collapse: collapse; }} caption {{ text-align: left; padding: .3rem 0; }}
th, td {{ border: 1px solid #767676; padding: .3rem .7rem; text-align: left; }}
td.n, th.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
li {{ margin: .4rem 0; }} q {{ font-style: italic; }}
@media print {{ body {{ margin: 0; max-width: none; }} h2 {{ break-after: avoid; }} }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


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
    """The feedback on one submission as HTML. titles: {question id: what to call it}."""
    final = with_marks(record, marks)
    title = f"Feedback on {record['assignment']}: {record['name']}"
    if record["status"] == "unreadable":
        body = f"<p>Your file could not be graded. {_sentence(record['reason'])}</p>\n<p>Hand in a new file.</p>"
    elif record["status"] not in GRADED:
        body = "<p>Grading did not finish, and not through a fault that you could mend. Your instructor knows.</p>"
    else:
        body = _graded(final, marks, titles or {})
    return PAGE.format(title=escape(title), body=body)


def _graded(final, marks, titles) -> str:
    parts = [f"<p><strong>{number(final['score'])} of {number(final['max_score'])} points.</strong>"]
    if final["status"] == "to mark":
        parts.append(" Some answers are read by a person, and their points are still to come.")
    parts.append("</p>\n<table>\n<caption>Points for each question</caption>\n<thead><tr>")
    parts.append(
        '<th scope="col">Question</th><th scope="col" class="n">Points</th><th scope="col" class="n">Possible</th>'
    )
    parts.append("</tr></thead>\n<tbody>\n")
    for question in final["questions"]:
        points, _ = _points(final, question, marks)
        parts.append(
            f'<tr><th scope="row">{escape(titles.get(question["id"], question["id"]))}</th><td class="n">{points}</td>'
        )
        parts.append(f'<td class="n">{number(question["max_points"])}</td></tr>\n')
    parts.append("</tbody>\n</table>\n")
    explained = {question["id"]: _explained(final, question, marks, titles) for question in final["questions"]}
    parts += [f"<h2>{escape(titles.get(name, name))}</h2>\n{text}" for name, text in explained.items() if text]
    if not any(explained.values()):
        parts.append("<p>No points were lost. Well done.</p>\n")
    return "".join(parts)


def _points(record, question, marks) -> tuple[str, dict | None]:
    if not question.get("manual"):
        return number(question["points"]), None
    mark = mark_of(marks, record, question)
    return (number(mark["points"]) if mark else "to come"), mark


def _explained(record, question, marks, titles) -> str:
    """Why points are missing in a question, or "" where none are."""
    points, mark = _points(record, question, marks)
    most = number(question["max_points"])
    if question.get("manual"):
        if mark is None:
            return "<p>This answer is read by a person. The points are still to come.</p>\n"
        comment = f" <q>{escape(mark['comment'])}</q>" if mark["comment"] else ""
        return f"<p>{points} of {most} points, marked by hand.{comment}</p>\n" if comment or points != most else ""
    findings = [f for f in question["findings"] if f["earned"] < f["points"] or (f["message"] and not f["points"])]
    if not findings:
        return ""
    if len(findings) == 1 and findings[0]["message"] == NOT_STARTED:
        return f"<p>Not started: 0 of {most} points.</p>\n"
    lines = []
    for finding in findings:
        if not finding["points"]:  # a remark, perhaps on another question
            words = (titles.get(word, word).split(" · ")[0] for word in re.split(r"([\w-]+)", finding["message"]))
            lines.append(f"<li>{_sentence(''.join(words))}</li>\n")
            continue
        what = f"{number(finding['earned'])} of {number(finding['points'])} points"
        label = "" if finding["check"] == "question" else f"{escape(finding['check'])}: "
        message = finding["message"] or "The answer is not right."
        lines.append(f"<li>{label}{what}. {_sentence(message)}</li>\n")
    return f"<ul>\n{''.join(lines)}</ul>\n"


def _sentence(text: str) -> str:
    if text == NOT_STARTED:
        return "Not started."
    text = text[:1].upper() + text[1:]
    return escape(text if text.endswith((".", "!", "?", ")", "…")) else text + ".")


def write_pages(folder, solution, records, marks) -> None:
    """feedback/<submission>.html for every record."""
    folder, known = Path(folder) / FOLDER, titles(solution)
    for name, record in records.items():
        write_atomically(folder / f"{name}.html", page(record, marks, known))
