"""Read, run and decide one submission: what each child is asked, and what it means when one ends before its time."""

import contextlib
import hashlib
import inspect
import json
import signal
import textwrap
import time
from dataclasses import dataclass

from .answers import MAX_BYTES, MAX_TEXT, pack
from .children import generator
from .notebook import Step, UnreadableSubmissionError, read_bytes
from .questions import NOT_STARTED, Assignment, Finding
from .sandbox.child import Child
from .sandbox.cleanup import private_folder
from .sandbox.forkserver import GraderError, home
from .sandbox.messages import MessageError
from .sandbox.readable import files_of

READING_SECONDS, DECIDING_SECONDS = 30, 120
READING_MB, DECIDING_MB = 2048, 3072
MAX_MESSAGE = MAX_BYTES + 2**20  # one question's answers, packed


@dataclass
class Run:
    """Everything about grading one submission that its steps share."""

    assignment: Assignment
    seed: int
    seconds: float
    sandbox: bool
    total_seconds: float
    memory_mb: int
    private: list
    packages: list  # folders of what the checks import, which a submission may import too
    stopped: bool = False  # a cell or a function had to be

    def __post_init__(self):
        self.deadline = time.monotonic() + self.total_seconds

    @property
    def left(self) -> float:
        """Seconds of the total time that are left."""
        return self.deadline - time.monotonic()

    def child(self, function: str, memory_mb: int, seconds: float, **more) -> Child:
        target = f"autograder.children:{function}"
        return Child(target, sandbox=self.sandbox, memory_mb=memory_mb, seconds=seconds, **more)

    def read(self, data: bytes, name: str) -> dict:
        """The submission taken apart by a child: {steps, manual, answers, note}. UnreadableSubmissionError."""
        reference = read_bytes(self.assignment.notebook)
        questions = [{"id": q.id, "defines": q.defines, "manual": q.manual} for q in self.assignment.questions]
        request = {"name": name, "submission": len(data), "questions": questions}
        with self.child("read_submission", READING_MB, READING_SECONDS, private=self.private) as child:
            try:
                head, body = child.ask(request, data + reference, seconds=READING_SECONDS, most=2**26)
            except (EOFError, TimeoutError, MessageError) as error:
                why = "takes too long" if isinstance(error, TimeoutError) else f"{_ended(child.end(), READING_MB)}"
                raise UnreadableSubmissionError(f"{name} cannot be read as a notebook: reading it {why}.") from error
        if "unreadable" in head:
            raise UnreadableSubmissionError(head["unreadable"])
        taken = json.loads(body)
        taken["steps"] = [Step(**step) for step in taken["steps"]]
        others = sorted(set(taken["backends"]) - {"tensorflow"})
        taken["note"] = (
            f"Your notebook sets KERAS_BACKEND to {' and '.join(others)}. That came too late here: Keras was "
            "already loaded, and everything ran on TensorFlow."
            if others
            else ""
        )
        return taken

    def round(self, questions, steps, model_answers=()) -> dict:
        """Run and decide `questions` once, with `model_answers` in place of the student's: {question id: findings}."""
        given = {step.question: step for step in steps if step.question}
        problems = {}
        for question in questions:
            step = given.get(question.id)
            if step is None or not step.found:
                where = f"define `{question.defines}` in its cell, or in one of your own."
                problems[question.id] = f"No cell answers this question: {where}"
            elif step.stub:
                problems[question.id] = NOT_STARTED
        sources = [(step, step.model if step.question in model_answers else step.source) for step in steps]
        sources = [(step, source) for step, source in sources if source]
        asked = [question for question in questions if question.id not in problems]
        answers = {}
        if asked:
            answers, failures = self.run(sources, asked)
            problems |= failures
        outcome = self.decide(answers, quiet=bool(model_answers)) if answers else {}
        return {q.id: findings(q, problems.get(q.id) or outcome[q.id]) for q in questions}

    def run(self, sources, questions) -> tuple[dict[str, bytes], dict[str, str]]:
        """Run cells and probes, again without what ended the child. Answers by question, and why others have none."""
        answers: dict[str, bytes] = {}
        problems: dict[str, str] = {}
        left_out: set[str] = set()
        while True:
            todo = [q for q in questions if q.id not in answers and q.id not in problems]
            if not todo:
                return answers, problems
            kept = [(step, source) for step, source in sources if step.id not in left_out]
            ended = self.run_once(kept, todo, answers, problems)
            if ended is None:
                return answers, problems
            self.stopped = True
            step, why = ended
            if isinstance(step, Step):
                left_out.add(step.id)
                if step.question:
                    problems[step.question] = f"Your cell {why}."
            elif step:
                problems[step] = f"Your function {why}."
            if not step or self.left <= 0:
                return answers, {q.id: f"The notebook {why}." for q in questions if q.id not in answers} | problems

    def run_once(self, sources, questions, answers, problems):
        """One child's run, into `answers` and `problems`. (The step or question id where it ended, how), or None."""
        forbidden = [path for module in self.assignment.forbidden for path in files_of(module)]
        random = int.from_bytes(hashlib.sha256(f"random state {self.seed}".encode()).digest()[:4])
        orders = {"forbidden": self.assignment.forbidden, "random": random}
        errors: dict[str, str] = {}
        at = None
        with private_folder(home()) as folder:
            options = {"private": [*self.private, *forbidden], "folder": folder, "readable": self.packages}
            with self.child("run_submission", self.memory_mb, self.left, **options) as child:
                try:
                    child.ask(orders, seconds=DECIDING_SECONDS)
                    for at, source in sources:
                        head, _ = self.ask(child, {"step": at.id}, source.encode(errors="replace"))
                        if "error" in head and at.question:
                            errors[at.question] = _text(head)
                    for question in questions:
                        at = question.id
                        source = textwrap.dedent(inspect.getsource(question.probe)).encode()
                        inputs = question.inputs(generator(self.seed, question.id))
                        request = {"probe": question.probe.__name__, "defines": question.defines, "source": len(source)}
                        packed = pack({key: {"": value} for key, value in inputs.items()})
                        head, body = self.ask(child, request, source + packed, MAX_MESSAGE)
                        if "error" not in head:
                            answers[question.id] = body
                        elif question.id in errors:  # a cell that defines its answer and stops later is no problem
                            told = errors[question.id]
                            problems[question.id] = told if told == NOT_STARTED else f"Your cell stops with {told}"
                        else:
                            problems[question.id] = _text(head)
                except TimeoutError:
                    child.end()
                    if self.left <= 0:
                        return at, "did not come to an end in the time for the whole notebook"
                    return at, f"did not come to an end within {self.seconds:g} s"
                except MessageError:
                    return at, "wrote into the connection to the grader, which is not for it"
                except EOFError:
                    return at, _ended(child.end(), self.memory_mb)
        return None

    def ask(self, child, head, body, most=0) -> tuple[dict, bytes]:
        """`child.ask` within the limits of a cell and of the whole, and a look at what the child uses now.

        EOFError when that is too much. Without the look, a later request would be blamed for what this one left.
        """
        answer = child.ask(head, body, seconds=max(0.001, min(self.seconds, self.left)), most=most)
        child.look()
        return answer

    def decide(self, answers: dict[str, bytes], quiet: bool = False, trusted: bool = False) -> dict:
        """What a child that never saw the submission finds: {question id: list of findings, or what is wrong}.

        trusted: the answers are the solution's, so whatever goes wrong is the fault of the checks: GraderError.
        """
        outcome: dict = {}
        notebook, checks = self.assignment.notebook.parent, self.assignment.checks
        while missing := [question for question in answers if question not in outcome]:
            readable = [checks.parent, notebook, *self.packages]
            with self.child(
                "decide_submission", DECIDING_MB, DECIDING_SECONDS * len(missing), readable=readable
            ) as child:
                at = missing[0]
                try:
                    child.ask({"checks": str(checks), "seed": self.seed}, seconds=DECIDING_SECONDS)
                    for at in missing:
                        request = {"decide": at, "quiet": quiet}
                        head, _ = child.ask(request, answers[at], seconds=DECIDING_SECONDS)
                        outcome[at] = head.get("findings") or head.get("unreadable") or self.blame(at, head, trusted)
                except (EOFError, TimeoutError, MessageError) as error:
                    why = "it took too long" if isinstance(error, TimeoutError) else _ended(child.end(), DECIDING_MB)
                    outcome[at] = self.blame(at, {"failed": f"the deciding process: {why}"}, trusted)
        return outcome

    def blame(self, question_id: str, head: dict, trusted: bool) -> str:
        """Deciding failed: because of the answer, if the solution's own answer can be decided; else GraderError."""
        checks = self.assignment.checks.name
        failure = f"the hidden checks {checks} failed on {question_id}:\n{head.get('failed', head)}"
        if trusted:
            raise GraderError(failure)
        question = next(question for question in self.assignment.questions if question.id == question_id)
        solution = Run(self.assignment, self.seed, 120, self.sandbox, 600, self.memory_mb, self.private, self.packages)
        steps = solution.read(read_bytes(self.assignment.notebook), "the solution")["steps"]
        answers, problems = solution.run([(step, step.source) for step in steps], [question])
        if problems:
            raise GraderError(f"{failure}\nand the solution itself has no answer: {problems[question_id]}")
        solution.decide(answers, trusted=True)
        return "What your function returns has a form that the checks cannot make sense of: look at shapes and types."


def _text(head: dict) -> str:
    return str(head["error"])[: MAX_TEXT + 300]


def _ended(report: dict, memory_mb: int) -> str:
    """How a child ended, in words for a student."""
    why, code = report.get("why", ""), report.get("code", 0)
    limits = {
        "memory": f"needed more than {memory_mb:,} MB of memory",
        "disk": "wrote too many or too large files",
        "threads": "started too many threads",
    }
    if why in limits:
        return limits[why]
    number = code & 0x7F
    with contextlib.suppress(ValueError):
        if number == signal.SIGXCPU:
            return "used up its time on the processor"
        if number not in (0, signal.SIGKILL):
            return f"crashed Python ({signal.Signals(number).name})"
    return "ended Python itself"


def findings(question, outcome) -> list[Finding]:
    """The deciding child's findings, or one for the whole question when there is only a problem to tell."""
    if isinstance(outcome, str):
        return [Finding("question", question.points, 0, outcome)]
    findings = [Finding(**finding) for finding in outcome]
    if abs(sum(finding.points for finding in findings) - question.points) > 1e-9:
        raise GraderError(f"the checks of {question.id} do not add up to its {question.points} points")
    if all(finding.message == NOT_STARTED for finding in findings):
        return [Finding("question", question.points, 0, NOT_STARTED)]
    return findings
