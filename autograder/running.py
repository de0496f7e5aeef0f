"""Read, run and decide one submission: what each child is asked, and what it means when one ends before its time."""

import contextlib
import hashlib
import inspect
import json
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path

from .answers import MAX_BYTES, MAX_TOLD, pack
from .children import generator
from .copies import forbidden_forms
from .notebook import UnreadableSubmissionError, parse_notebook, read_bytes
from .plan import Step, model_code
from .questions import Assignment
from .sandbox.child import Child, StarvedError
from .sandbox.cleanup import private_folder
from .sandbox.forkserver import GraderError, home
from .sandbox.messages import MessageError
from .sandbox.readable import files_of
from .sentences import listed, received, say
from .telling import ended_as, findings, problem, text

READING_SECONDS, DECIDING_SECONDS = 30, 120
SCRATCH_SECONDS, SCRATCH_ENDS = 20, 3  # for all scratch cells together; how often one may end the child
READING_MB, DECIDING_MB = 2048, 3072
MAX_MESSAGE = MAX_BYTES + 2**20  # one question's answers, packed
PATIENCE = 5  # times the limit, in seconds by the clock: a busy machine must cost nobody points


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
    files: dict = field(default_factory=dict)  # what the student wrote beside the notebook: {relative path: bytes}
    stopped: bool = False  # a cell or a function had to be
    tried_again: bool = False  # after the clock ran out while other work kept the processors busy
    starved: bool = False  # and it ran out once more: something is lost to that
    left_out: dict = field(default_factory=dict)  # {id of a step that ended the child: how often}
    scratch_ends: int = 0  # how often that was a scratch cell
    used: float = 0.0  # seconds, but for those in which the machine did other work

    def __post_init__(self):
        self.deadline = time.monotonic() + 2 * self.total_seconds

    @property
    def left(self) -> float:
        """Seconds of the total time that are left."""
        return min(self.total_seconds - self.used, self.deadline - time.monotonic())

    def child(self, function: str, memory_mb: int, seconds: float, **more) -> Child:
        target = f"autograder.children:{function}"
        return Child(target, sandbox=self.sandbox, memory_mb=memory_mb, seconds=seconds, **more)

    def read(self, data: bytes, name: str) -> dict:
        """The submission taken apart by a child: a plan (plan.py), manual, answers, note. UnreadableSubmissionError."""
        reference = read_bytes(self.assignment.notebook)
        questions = [{"id": q.id, "defines": q.defines, "manual": q.manual} for q in self.assignment.questions]
        request = {"name": name, "submission": len(data), "questions": questions}
        with self.child("read_submission", READING_MB, READING_SECONDS, private=self.private, light=True) as child:
            try:
                head, body = child.ask(request, data + reference, seconds=READING_SECONDS, most=2**26)
            except (EOFError, TimeoutError, MessageError) as error:
                why = say("takes too long") if isinstance(error, TimeoutError) else ended_as(child.end(), READING_MB)
                told = say("{file} cannot be read as a notebook: reading it {why}.", file=name, why=why)
                raise UnreadableSubmissionError(told) from error
        if "unreadable" in head:
            raise UnreadableSubmissionError(received(head["unreadable"], MAX_TOLD))
        taken = json.loads(body)
        taken["steps"] = [Step(**step) for step in taken["steps"]]
        others = sorted(set(taken["backends"]) - {"tensorflow"})
        taken["problems"] = {name: received(told, MAX_TOLD) for name, told in taken["problems"].items()}
        late = say(
            "Your notebook sets KERAS_BACKEND to {backends}. That came too late here: Keras was already loaded, and "
            "everything ran on TensorFlow.",
            backends=listed(others or [""]),
        )
        taken["note"] = late if others else ""
        return taken

    def round(self, questions, taken: dict, model_answers=(), without=()) -> dict:
        """Run and decide `questions` once: {question id: findings}.

        model_answers: ids of questions whose model answers stand in place of the student's. without: ids of steps.
        """
        taken = taken | {"steps": [step for step in taken["steps"] if step.id not in without]}
        asked = [question for question in questions if question.id not in taken["untried"]]
        answers, problems = self.run(taken, asked, model_answers) if asked else ({}, {})
        problems |= {question.id: taken["problems"][question.id] for question in questions if question not in asked}
        outcome = self.decide(answers) if answers else {}
        return {q.id: findings(q, problems.get(q.id) or outcome[q.id]) for q in questions}

    def run(self, taken: dict, questions, model_answers=()) -> tuple[dict[str, bytes], dict[str, str]]:
        """Run cells and probes, again without what ended the child. Answers by question, and why others have none."""
        answers: dict[str, bytes] = {}
        problems: dict[str, str] = {}
        while True:
            todo = [q for q in questions if q.id not in answers and q.id not in problems]
            if not todo:
                return answers, problems
            ended = self.run_once(taken, todo, answers, problems, model_answers)
            if ended is None:
                return answers, problems
            step, why, starved = ended
            if starved and not self.tried_again and self.left > 0:
                self.tried_again = True  # the same once more
                continue
            self.starved = self.starved or starved
            if step is None or self.left <= 0:
                self.stopped = True
                return answers, {
                    q.id: say("The notebook {why}.", why=why) for q in questions if q.id not in answers
                } | problems
            elif step.probe:
                self.stopped = True
                problems[step.probe] = say("Your function {why}.", why=why)
            elif step.scratch:
                self.leave_out_scratch(step, taken["steps"], why)
            else:
                self.stopped = True
                self.left_out[step.id] = self.left_out.get(step.id, 0) + 1
                problems |= {name: say("Your cell {why}.", why=why) for name in step.answers if name not in answers}

    def leave_out_scratch(self, step, steps, why) -> None:
        """Leave out a scratch cell that ended the child, and those after it when the time for them is used up."""
        self.scratch_ends += 1
        self.left_out[step.id] = 2
        if "within" in why or self.scratch_ends >= SCRATCH_ENDS:
            after = steps[steps.index(step) :]
            self.left_out |= {other.id: 2 for other in after if other.scratch}

    def run_once(self, taken, questions, answers, problems, model_answers):
        """One child's run, into `answers` and `problems`: None, or (the step where it ended or None, how, starved)."""
        forbidden = [path for module in self.assignment.forbidden for path in files_of(module)]
        random = int.from_bytes(hashlib.sha256(f"random state {self.seed}".encode()).digest()[:4])
        own = forbidden_forms(self.assignment.forbidden, self.assignment.notebook)
        orders = {"forbidden": self.assignment.forbidden, "copies": own, "random": random}
        todo = {question.id: question for question in questions}
        errors, early = {}, {}  # how cells that answer stopped; {question id: (answer, error) where a name was missing}
        spare, at = SCRATCH_SECONDS, None
        compiled = self.compiled(model_answers)
        names = [question.defines for question in self.assignment.questions if question.id in model_answers]
        with private_folder(home()) as folder:
            write_files(folder, self.files)
            options = {"private": [*self.private, *forbidden], "folder": folder, "readable": self.packages}
            with self.child("run_submission", self.memory_mb, self.left, **options) as child:
                try:
                    child.ask(orders, seconds=DECIDING_SECONDS)
                    for at in taken["steps"]:
                        if not todo:
                            break
                        if at.probe in model_answers or (at.probe in todo and model_answers):
                            self.ask(child, {"model": names}, compiled)
                            compiled = b""
                        if at.probe in todo:
                            body, error = self.probe(child, at, early)
                            if body is not None:
                                answers[todo.pop(at.probe).id] = body
                            elif error is not None:  # a cell that defines its answer and stops later is no problem
                                told = problem(errors.get(at.probe), taken["problems"].get(at.probe), error)
                                problems[todo.pop(at.probe).id] = told
                        elif not at.probe and self.runs(at, spare):
                            began = self.used
                            head, _ = self.cell(child, at, spare)
                            spare -= self.used - began if at.scratch else 0
                            if "error" in head:
                                errors |= dict.fromkeys(at.answers, text(head))
                except TimeoutError as error:
                    child.end()
                    if self.left <= 0:
                        return at, say("did not come to an end in the time for the whole notebook"), False
                    if isinstance(error, StarvedError):
                        return at, say("did not come to an end, on a machine that was too busy"), True
                    return at, say("did not come to an end within {seconds:g} s", seconds=self.seconds), False
                except MessageError:
                    return at, say("wrote into the connection to the grader, which is not for it"), False
                except EOFError:
                    return at, ended_as(child.end(), self.memory_mb), False
        return None

    def runs(self, step, spare: float) -> bool:
        """Whether a step is run: one that ended a child before is not, but what an own cell defines is tried once."""
        return self.left_out.get(step.id, 0) < (1 if step.answers else 2) and not (step.scratch and spare <= 0)

    def cell(self, child, step, spare: float) -> tuple[dict, bytes]:
        """Run a step that is no probe; scratch has the `spare` seconds at most."""
        limit = min(spare, self.seconds) if step.scratch else self.seconds
        part = "definitions" if step.id in self.left_out else ""
        request = {"step": step.id, "lend": not step.answers, "part": part}
        return self.ask(child, request, step.source.encode(errors="replace"), limit=limit)

    def probe(self, child, at: Step, early) -> tuple[bytes | None, str | None]:
        """Probe a question: (its packed answers, None), or (None, what went wrong).

        (None, None): it came upon a name that is not defined here, and is probed again further down. If that name is
        never there, what was found first counts: no later cell changes it.
        """
        question = next(question for question in self.assignment.questions if question.id == at.probe)
        source = textwrap.dedent(inspect.getsource(question.probe)).encode()
        inputs = question.inputs(generator(self.seed, question.id))
        request = {"probe": question.probe.__name__, "defines": question.defines, "source": len(source)}
        packed = pack({key: {"": value} for key, value in without_hidden(inputs).items()})
        head, body = self.ask(child, request, source + packed, MAX_MESSAGE)
        found = (None, text(head)) if "error" in head else (body, None)
        if head.get("again"):
            found = early.setdefault(question.id, found)
        return (None, None) if head.get("again") and not at.last else found

    def compiled(self, model_answers) -> bytes:
        """These model answers as code that reveals no source (plan.model_code)."""
        if not model_answers:
            return b""
        reference = parse_notebook(read_bytes(self.assignment.notebook), "the solution")
        return model_code(reference, self.assignment.questions, model_answers)

    def ask(self, child, head, body, most=0, limit=None) -> tuple[dict, bytes]:
        """`child.ask` within the limits of a cell and of the whole, and a look at what the child uses now.

        EOFError when that is too much. Without the look, a later request would be blamed for what this one left.
        """
        limit = max(0.001, min(limit or self.seconds, self.left))
        began, cpu, waited = time.monotonic(), child.cpu, child.waited
        try:
            answer = child.ask(head, body, seconds=limit, most=most, patience=PATIENCE)
            child.look()
        finally:
            self.used += max(0.0, child.cpu - cpu, time.monotonic() - began - max(0.0, child.waited - waited))
        return answer

    def decide(self, answers: dict[str, bytes], trusted: bool = False) -> dict:
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
                    child.ask({"checks": str(checks), "seed": self.seed}, seconds=DECIDING_SECONDS, patience=PATIENCE)
                    for at in missing:
                        head, _ = child.ask({"decide": at}, answers[at], seconds=DECIDING_SECONDS, patience=PATIENCE)
                        child.look()  # what the next one takes is counted from here
                        unreadable = received(head["unreadable"], MAX_TOLD) if "unreadable" in head else ""
                        outcome[at] = head.get("findings") or unreadable or self.blame(at, head, trusted)
                except (EOFError, TimeoutError, MessageError) as error:
                    why = "it took too long" if isinstance(error, TimeoutError) else ended_as(child.end(), DECIDING_MB)
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
        taken = solution.read(read_bytes(self.assignment.notebook), "the solution")
        answers, problems = solution.run(taken, [question])
        if problems:
            raise GraderError(f"{failure}\nand the solution itself has no answer: {problems[question_id]}")
        solution.decide(answers, trusted=True)
        return say(
            "What your function returns has a form that the checks cannot make sense of: look at shapes and types."
        )


def without_hidden(inputs: dict) -> dict:
    """A question's inputs as its probe gets them: what is named "hidden …" is for the decider alone."""
    return {name: value for name, value in inputs.items() if not name.startswith("hidden ")}


def write_files(folder, files: dict) -> None:
    """Write the student's own files into the folder of a child that has not started."""
    for name, data in files.items():
        path = Path(folder, name)
        with contextlib.suppress(OSError):  # a name that is a file and a folder
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
