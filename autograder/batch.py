"""Grade what is new or changed: one line of results.jsonl for each submission as soon as it is there."""

import contextlib
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from . import inbox, records, scale, solution
from .marks import GRADED
from .sentences import mapped
from .tables import number

FACTS = ("source", "outer", "lms", "canvas_id", "student_id", "handed_in", "late")  # of inbox.Submission
LOG_SECONDS = 15  # between two lines of progress where there is no terminal
UNCONFINED = (
    "Not confined: each submission runs with your rights. It can read and change your files, the checks and the "
    "results among them, and can give itself any score."
)


def key(submission, digest) -> str:
    """What the result on a submission depends on; for an unreadable one, why it is."""
    try:
        return records.key_of(content_of(submission), digest, submission.files)
    except inbox.UnreadableFileError as error:
        return records.key_of(str(error).encode(), "unreadable")


def content_of(submission) -> bytes:
    """The bytes of a submission's notebook. UnreadableFileError says why there are none."""
    if submission.problem:
        raise inbox.UnreadableFileError(submission.problem)
    return submission.read()


def is_current(record, key) -> bool:
    """Whether a record is a result, and of nothing else than what `key` stands for."""
    return record is not None and record["status"] in (*GRADED, "unreadable") and record.get("key") == key


def facts_of(submission) -> dict:
    """What the download says of a submission, for its record."""
    return {name: getattr(submission, name) for name in FACTS}


def note_facts(folder, old, found, todo) -> None:
    """Keep what the download says now (lateness, file) of submissions that need no grading."""
    again = {submission.name for submission in todo}
    for submission in found:
        record, facts = old.get(submission.name), facts_of(submission)
        if submission.name not in again and any((record.get(name) or "") != (facts[name] or "") for name in facts):
            records.JsonLines(Path(folder) / records.RESULTS).append(record | facts)


@dataclass
class Batch:
    """One run over the submissions `todo` of an assignment, with `options` for the engine and their `digest`.

    proven: whether the solution was found to be right under the same digest before.
    """

    given: object
    assignment: object
    options: dict
    digest: str
    proven: bool = False
    unreadable: list = field(default_factory=list)
    waiting: list = field(default_factory=list)  # results that came before the solution's
    told: bool = False  # how submissions are confined

    def grade(self, todo) -> str:
        """Grade them all. Returns why it stopped early, or ""."""
        if not todo:
            return ""
        self.lines = records.JsonLines(Path(self.given.out) / records.RESULTS)
        every = 0.1 if sys.stderr.isatty() else LOG_SECONDS
        with tqdm(total=len(todo), desc=self.assignment.name, unit="submission", mininterval=every) as self.progress:
            with contextlib.closing(self._finished(self._tasks(todo), len(todo))) as finished:
                for tag, outcome in finished:
                    if stop := self._take(tag, outcome):
                        return stop
            for submission, reason in self.unreadable:
                key = records.key_of(reason.encode(), "unreadable")
                reason = f"{Path(submission.source).name}: {reason}"
                self._keep((submission, key, ""), {"status": "unreadable", "reason": reason})
        return ""

    def _finished(self, tasks, number_of_tasks):
        if self.given.cluster:
            package = records.as_data(self.assignment)
            version = records.code_version(self.assignment.checks, self.assignment.notebook)
            return scale.on_a_cluster(tasks, self.given.cluster, package, version)
        return scale.on_this_machine(tasks, min(self.given.workers, number_of_tasks))

    def _tasks(self, todo):
        private = [str(Path(path).resolve()) for path in (*self.given.submissions, self.given.out)]
        options = self.options | {"private": private, "parts": records.parts_digest(self.assignment)}
        if not self.proven:
            itself = inbox.Submission(solution.NAME, str(self.assignment.notebook))
            content = self.assignment.notebook.read_bytes()
            yield (itself, "", ""), scale.task_for(itself, content, self.assignment.checks, options)
        for submission in todo:
            try:
                content = content_of(submission)
            except inbox.UnreadableFileError as error:
                self.unreadable.append((submission, str(error)))
                continue
            key = records.key_of(content, self.digest, submission.files)
            tag = submission, key, records.key_of(content, "", submission.files)[:16]
            yield tag, scale.task_for(submission, content, self.assignment.checks, options)

    def _take(self, tag, outcome) -> str:
        """Take in what came out for one submission; why the run has to stop, or ""."""
        if outcome["status"] == "refused":
            return outcome["reason"]
        if "sandbox" in outcome and not self.told:
            self.told = True
            stood = ", ".join(outcome["sandbox"])
            self.progress.write(f"Confined by {stood}" if stood else UNCONFINED, file=sys.stderr)
        if tag[0].name == solution.NAME:
            if wrong := solution.complaint(self.assignment, outcome):
                return wrong
            self.proven = True
            for each in self.waiting:
                self._keep(*each)
            self.waiting.clear()
        elif self.proven:
            self._keep(tag, outcome)
        else:
            self.waiting.append((tag, outcome))
        return ""

    def _keep(self, tag, outcome) -> None:
        submission, key, content = tag
        if outcome["status"] == "unreadable":  # the worker knows the row's name alone
            file = Path(submission.source).name
            outcome = outcome | {"reason": outcome["reason"].replace(f"{submission.name}.ipynb", file, 1)}
            if "told" in outcome:
                outcome["told"] = mapped(outcome["told"], lambda text: text.replace(f"{submission.name}.ipynb", file))
        about = {"name": submission.name, "assignment": self.assignment.name, "key": key, "made_by": self.digest[:16]}
        about |= {"content": content, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        self.lines.append(about | facts_of(submission) | outcome)
        self.progress.set_postfix_str(f"{submission.name}: {in_short(outcome)}", refresh=False)
        self.progress.update()


def in_short(outcome) -> str:
    """A result in a few words."""
    if outcome["status"] in GRADED:
        return f"{number(outcome['score'])} of {number(outcome['max_score'])}"
    return outcome["status"]
