"""Results as the engine gives them, kept in a folder, and pages read back: for the tests of what is made of results."""

import csv
from html.parser import HTMLParser

from autograder import gradebook, marks, records, reports
from autograder.questions import Question

QUESTIONS = (Question("q1", 6, "f", print, print, print), Question("q2", 4, manual=True))


def finding(check, points, earned, message=""):
    return {"check": check, "points": points, "earned": earned, "message": message}


def graded(name, earned=4.0, text=None, **more):
    """A record: question q1 of 6 points, and with `text` a question q2 of 4 points that a person marks."""
    lost = [] if earned == 6 else [finding("one added", 6, earned, "It is <b>off</b> by one.")]
    questions = [{"id": "q1", "points": earned, "max_points": 6, "findings": lost or [finding("one added", 6, 6)]}]
    if text is not None:
        questions.append({"id": "q2", "points": 0, "max_points": 4, "findings": [], "manual": True, "text": text})
    record = {"name": name, "assignment": "t1", "status": "graded", "seed": 424242, "questions": questions}
    return record | {"score": earned, "max_score": 6, "canvas_id": "", "source": f"in/{name}.ipynb"} | more


def kept(folder, *made):
    """Keep these records in `folder`; all that are there."""
    for record in made:
        records.JsonLines(folder / records.RESULTS).append(record)
    return records.latest(folder)


def tables(folder, unconfirmed=None, questions=QUESTIONS):
    """Write the tables of `folder`; its entries."""
    settings = gradebook.load(folder)
    entries = gradebook.entries(folder, settings, unconfirmed)
    reports.write_tables(folder, questions, records.latest(folder), entries, settings)
    return entries


def take(folder, path) -> int:
    """Take in the marks of a table as the command does."""
    known, rows = records.latest(folder), marks.rows_of(path)
    marks.check_rows(rows, known, QUESTIONS)
    return marks.take_marks(folder, rows, known)


def table(path, *lines):
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


class Page(HTMLParser):
    """The tags and the words of a page; fails on what is not closed."""

    VOID = ("meta", "rect", "line")

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words = [], [], ""
        self.feed(text)
        self.words = " ".join(self.words.split())
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words += data

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]
