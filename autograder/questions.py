"""What a graded question is, and how the hidden checks of an assignment are found."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .sentences import Sentence, is_composed, say

NOT_STARTED = say("not started")  # what is said of a question whose stub is untouched


def distinct(rng, low: int, high: int, number: int, step: int = 1) -> list[int]:
    """Different whole numbers of low, low + step, … below `high`: no two sizes of an input can then be mistaken."""
    return [int(n) for n in rng.choice(range(low, high, step), number, replace=False)]


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: `earned` of `points`, and for a loss the sentence that the student reads.

    What is made by `say` (sentences.py) can be told in other languages.
    board: the row that it asks for on the class's leaderboard (leaderboard.py), or nothing.
    """

    check: str
    points: float
    earned: float
    message: str = ""
    board: dict = field(default_factory=dict)

    def as_data(self) -> dict:
        """Plain data. told: what the message is made of (sentences.py), where its words alone would not say."""
        data = vars(self) | {"check": str(self.check), "message": str(self.message)}
        data = {name: value for name, value in data.items() if value or name != "board"}
        return data | ({"told": self.message.parts} if is_composed(self.message) else {})

    @classmethod
    def of_data(cls, data: dict):
        """The finding that `as_data` made this of."""
        parts = data.get("told") or [[data["message"], {}]]
        return cls(**{name: value for name, value in data.items() if name != "told"} | {"message": Sentence(parts)})


@dataclass(frozen=True)
class Question:
    """One question of an assignment.

    id: the solution cell's grade id ("a1-q2"); defines: the name that its answer defines ("conv1x1").
    inputs(rng) -> dict: the hidden inputs, arrays, numbers and text, drawn from a NumPy generator. Those whose names
        begin with "hidden " are for `decide` alone: they never reach the process that runs the submission.
    probe(answer, inputs) -> dict of `attempt(...)`: calls the student's object, in the child that runs the submission.
        Only its source text travels there, never the module around it, where the expected answers are: it may use `np`,
        `attempt`, `say` and what it imports itself.
    decide(inputs, answers) -> list of Finding: runs in the other child, on the dict of `Answer` that the probe left.
    needs: ids of the questions whose answers this one may call. A mistake costs its points once: when a needed answer
        lost points, this question is tried again with the model answer in its place, and the better result counts.
    manual: a person gives the points, for a cell of nbgrader's kinds "manually graded answer" and "manually graded
        task" with this id; only id and points are needed then.
    extra: its points come on top; they do not count in what can be reached.
    """

    id: str
    points: float
    defines: str = ""
    inputs: Callable | None = field(default=None, repr=False)
    probe: Callable | None = field(default=None, repr=False)
    decide: Callable | None = field(default=None, repr=False)
    needs: tuple[str, ...] = ()
    manual: bool = False
    extra: bool = False


@dataclass(frozen=True)
class Assignment:
    """Questions of one assignment, its solution notebook, and modules that an answer must not import."""

    name: str
    notebook: Path
    checks: Path
    questions: tuple[Question, ...]
    forbidden: tuple[str, ...] = ()


def load_assignment(checks) -> Assignment:
    """The assignment whose hidden checks stand in the Python file `checks`.

    The file holds NOTEBOOK (the solution's path, relative to the file), QUESTIONS, and perhaps FORBIDDEN.
    Raises FileNotFoundError for a missing file, ValueError for ids that repeat or needs that name no question.
    """
    checks = Path(checks).resolve()
    if not checks.is_file():
        raise FileNotFoundError(f"no hidden checks at {checks}: give the path of a file like solutions/checks/a1.py")
    spec = importlib.util.spec_from_file_location(f"checks_{checks.stem}", checks)
    module = importlib.util.module_from_spec(spec)
    code = spec.loader.source_to_code(checks.read_bytes(), str(checks))  # as the loader does, but for its __pycache__
    exec(code, module.__dict__)
    ids = [question.id for question in module.QUESTIONS]
    unknown = {need for question in module.QUESTIONS for need in question.needs} - set(ids)
    if len(set(ids)) < len(ids) or unknown:
        raise ValueError(
            f"{checks.name}: question ids must differ ({ids}) and `needs` must name them ({unknown or 'ok'})"
        )
    for question in module.QUESTIONS:
        if not question.manual and not all((question.defines, question.inputs, question.probe, question.decide)):
            raise ValueError(f"{checks.name}: {question.id} needs defines, inputs, probe and decide, or manual=True")
    notebook = (checks.parent / module.NOTEBOOK).resolve()
    if not notebook.is_file():
        raise FileNotFoundError(f"{checks.name} names the solution {notebook}, which is not there")
    return Assignment(checks.stem, notebook, checks, tuple(module.QUESTIONS), tuple(getattr(module, "FORBIDDEN", ())))
