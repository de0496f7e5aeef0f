"""statistics.html: what the class can do, question by question, and which idea it missed.

One file without scripts and without requests; its diagrams are SVG in greys, and every number in them stands in words
or in a table beside them.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from .gradebook import Entry
from .marks import GRADED
from .pages import render
from .questions import NOT_STARTED
from .records import write_atomically

FILE = "statistics.html"
NEARLY_ALL = 0.8  # of those who were asked: a check that so many fail may itself be wrong, or its sentence may
ENOUGH = 5  # students below whom a share or a discrimination says nothing
BINS = 10


@dataclass(frozen=True)
class Check:
    """How one hidden check went: `lost` of `asked` students, and what they were told, [(sentence, students)]."""

    name: str
    asked: int
    lost: int
    sentences: list = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.lost / self.asked

    @property
    def suspicious(self) -> bool:
        return self.asked >= ENOUGH and self.rate >= NEARLY_ALL


@dataclass(frozen=True)
class Summary:
    """One question over the class. shares: each student's points as a share of the most; discrimination: or None."""

    id: str
    title: str
    most: float
    shares: list
    not_started: int
    no_result: int
    discrimination: float | None
    checks: list
    manual: bool = False

    @property
    def mean(self) -> float:
        return sum(self.shares) / len(self.shares) if self.shares else 0.0

    @property
    def right(self) -> float:
        return sum(share >= 1 - 1e-9 for share in self.shares) / len(self.shares) if self.shares else 0.0

    @property
    def bins(self) -> list[int]:
        return histogram(self.shares)


def histogram(shares, bins: int = BINS) -> list[int]:
    """How many shares (0 … 1) lie in each tenth; the last one holds 1 itself."""
    counted = Counter(min(bins - 1, int(share * bins + 1e-9)) for share in shares)
    return [counted[place] for place in range(bins)]


def correlation(one, other) -> float | None:
    """Pearson's correlation of two lists of numbers; None where one does not vary, or there are too few."""
    if len(one) < ENOUGH:
        return None
    mean_one, mean_other = sum(one) / len(one), sum(other) / len(other)
    both = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread = math.sqrt(sum((a - mean_one) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other))
    return both / spread if spread > 1e-12 else None


def summaries(questions, entries: list[Entry], titles=None) -> list[Summary]:
    """A summary of each question that someone has a result for."""
    graded = [entry for entry in entries if not entry.unconfirmed and entry.final["status"] in (*GRADED, "to mark")]
    rows = [{question["id"]: question for question in entry.final["questions"]} for entry in graded]
    totals = [sum(question["points"] or 0 for question in row.values()) for row in rows]
    made = []
    for question in questions:
        answered = [
            (row[question.id], total)
            for row, total in zip(rows, totals, strict=True)
            if row.get(question.id) and row[question.id]["points"] is not None
        ]
        if answered:
            made.append(_summary(question, answered, (titles or {}).get(question.id, question.id)))
    return made


def _summary(question, answered, title) -> Summary:
    """answered: [(a record's question, the student's points in all)]."""
    results = [result for result, _ in answered]
    points = [result["points"] for result in results]
    rest = [total - result["points"] for result, total in answered]  # the question itself is no evidence for itself
    whole = [result["findings"][0]["message"] for result in results if _failed_as_a_whole(result)]
    return Summary(
        question.id, title, question.points, [each / question.points for each in points],
        not_started=whole.count(NOT_STARTED), no_result=len(whole) - whole.count(NOT_STARTED),
        discrimination=correlation(points, rest), checks=checks_of(results), manual=question.manual,
    )  # fmt: skip


def _failed_as_a_whole(result) -> bool:
    return bool(result["findings"]) and result["findings"][0]["check"] == "question"


def checks_of(results) -> list[Check]:
    """Every hidden check of a question over the students whose answer it could look at, the most often lost first.

    The same sentence with other numbers in it counts as the same.
    """
    asked, told = Counter(), defaultdict(Counter)
    for result in results:
        for finding in result["findings"]:
            if finding["check"] == "question" or not finding["points"]:
                continue
            asked[finding["check"]] += 1
            if finding["earned"] < finding["points"]:
                told[finding["check"]][finding["message"] or "The answer is not right."] += 1
    made = []
    for name, number_asked in asked.items():
        made.append(Check(name, number_asked, sum(told[name].values()), alike(told[name])))
    return sorted(made, key=lambda check: -check.rate)


def alike(counted: Counter) -> list[tuple[str, int]]:
    """[(sentence, how often)], sentences that differ in their numbers only put together under the most frequent."""
    groups: dict[str, Counter] = defaultdict(Counter)
    for sentence, times in counted.items():
        key = "".join("#" if letter.isdigit() else letter for letter in sentence)
        while "##" in key:
            key = key.replace("##", "#")
        groups[key][sentence] += times
    found = [(group.most_common(1)[0][0], sum(group.values())) for group in groups.values()]
    return sorted(found, key=lambda each: -each[1])


def page(assignment: str, questions, entries: list[Entry], titles=None) -> str:
    """The page as HTML."""
    made = summaries(questions, entries, titles)
    final = [entry for entry in entries if entry.counts]
    shares = [min(1.0, entry.score / entry.max_score) for entry in final if entry.max_score]
    scores = sorted(entry.score for entry in final)
    return render(
        "statistics.html", title=f"Statistics of {assignment}", questions=made, students=len(final),
        left_out=len(entries) - len(final), bins=histogram(shares), most=final[0].max_score if final else 0,
        mean=sum(scores) / len(scores) if scores else 0, median=_median(scores), enough=ENOUGH,
        suspicious=[(each, check) for each in made for check in each.checks if check.suspicious],
    )  # fmt: skip


def _median(ordered) -> float:
    middle = len(ordered) // 2
    if not ordered:
        return 0.0
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def write(folder, assignment: str, questions, entries, titles=None) -> None:
    """statistics.html in `folder`."""
    write_atomically(Path(folder) / FILE, page(assignment, questions, entries, titles))
