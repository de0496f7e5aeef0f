"""Gradescope: the package to upload there, and results in its form.

Gradescope builds a machine with setup.sh, calls run_autograder for each submission, and reads results/results.json.
Its folders: /autograder/source (the package), /autograder/submission, /autograder/results.
"""

import io
import json
import posixpath
import zipfile
from pathlib import Path

from . import records
from .feedback import causes, said, titles
from .imports import followed, packages
from .inbox import file_names
from .languages import language
from .marks import GRADED, with_marks
from .sentences import say
from .tables import number

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "gradescope"
PACKAGES = ("ipython", "keras", "matplotlib", "nbformat", "numpy", "tensorflow")

SETUP = """#!/usr/bin/env bash
# Build the machine that grades {assignment}: a Python of its own, with the versions that the course was tested with.
set -euo pipefail
cd /autograder/source
python3 -m pip install --quiet --break-system-packages uv || python3 -m pip install --quiet uv
uv venv --quiet --python 3.12 /autograder/venv
uv pip install --quiet --python /autograder/venv/bin/python -c versions.txt {packages}
"""
RUN = """#!/usr/bin/env bash
# Grade the submission in /autograder/submission and write /autograder/results/results.json.
# Should the result say that this machine cannot confine a submission, you may add --no-sandbox at the end of the last
# line. Each submission still runs in a container of its own, but next to the grader: it can then read the checks and
# the solution, and give itself any score. Do so only where you trust your students as yourself.
set -euo pipefail
here="${{AUTOGRADER:-/autograder}}"
python="$here/venv/bin/python"
[ -x "$python" ] || python=python3
export PYTHONPATH="$here/source"
cd "$here/results"
exec "$python" -P -m autograder gradescope-run {assignment} "$here/submission" --checks \
"$here/source/{checks}" --out "$here/results/results.json"
"""


def results(record, marks=None, names=None, checks=None) -> dict:
    """A record in the form of Gradescope's results.json, in the language of the notebook that was handed in.

    names: {question id: what to call it}; checks: the file of hidden checks. Without a result, one test of 0 points
    says why.
    """
    final, tell = with_marks(record, marks or {}), language(record.get("language") or "en", checks)
    if record["status"] not in GRADED:
        reason = said(record, "reason") if record["status"] == "unreadable" else say("Your instructor has to look.")
        test = {"name": tell(say("reading the notebook")), "score": 0, "max_score": 0}
        test |= {"output": tell(reason), "output_format": "text"}
        output = tell(say("This could not be graded. {reason}", reason=reason))
        return {"score": 0, "output": output, "output_format": "text", "tests": [test]}
    tests = []
    for question in final["questions"]:
        name = tell((names or {}).get(question["id"], question["id"]))
        test = {"number": question["id"], "name": name, "max_score": question["max_points"]}
        test |= {"score": question["points"] or 0, "output": _told(question, names, tell), "output_format": "text"}
        tests.append(test | {"visibility": "visible"})
    if final["extra"]:
        extra = {
            "name": tell(say("Extra")),
            "max_score": 0,
            "score": final["extra"]["points"],
            "output": final["extra"]["comment"],
        }
        tests.append(extra | {"output_format": "text", "visibility": "visible"})
    return {"score": final["score"], "output_format": "text", "visibility": "visible", "tests": tests}


def _told(question, names, tell) -> str:
    """What a student reads on one question."""
    mark, lines = question["mark"], []
    if not question.get("manual"):
        lines = [_line(cause, tell) for cause in causes(question["findings"], names, tell)]
    if mark and mark.get("override"):
        by_hand = say("Given by hand in place of {automatic}:", automatic=number(question["automatic"]))
        lines.insert(0, f"{tell(by_hand)} {mark['comment']}")
    elif mark:
        lines = [mark["comment"] or tell(say("Marked by hand."))]
    elif question.get("manual"):
        lines = [tell(say("A person marks this one."))]
    return "\n".join(lines) or tell(say("All points."))


def _line(cause, tell) -> str:
    if not cause["what"]:
        return cause["sentence"]
    earned, points = number(cause["earned"]), number(cause["points"])
    return f"{cause['what']}: {tell(say('{earned} of {points}.', earned=earned, points=points))} {cause['sentence']}"


def package(assignment) -> bytes:
    """The zip for Gradescope: setup.sh, run_autograder, the course's code, the checks and the solution.

    It holds the solution: give it to Gradescope and to nobody else.
    """
    data, lock = records.as_data(assignment), ROOT / "requirements-lock.txt"
    checks = posixpath.dirname(data["checks"])
    slots = {"assignment": assignment.name, "checks": checks, "packages": " ".join(PACKAGES)}
    files = {place: (content, 0o644) for place, content in data["files"].items()}
    for path in sorted(assignment.checks.parent.glob("locale/*/LC_MESSAGES/*.mo")):
        files[f"{checks}/{path.relative_to(assignment.checks.parent).as_posix()}"] = path.read_bytes(), 0o644
    files["setup.sh"] = SETUP.format(**slots).encode(), 0o755
    files["run_autograder"] = RUN.format(**slots).encode(), 0o755
    files["versions.txt"] = lock.read_bytes() if lock.is_file() else b"", 0o644
    modules, _ = followed(assignment.checks, assignment.notebook)
    for folder in map(Path, [str(Path(__file__).parent), *packages(modules)]):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not {"__pycache__", "build"}.intersection(path.parts):
                files[path.relative_to(folder.parent).as_posix()] = path.read_bytes(), 0o644
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, (content, mode) in files.items():
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same content, the same zip
            member.external_attr = mode << 16
            member.compress_type = zipfile.ZIP_STORED if name.endswith((".npz", ".png")) else zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return target.getvalue()


def write(folder, assignment, found, marks) -> None:
    """gradescope/<submission>.json: each result in Gradescope's form."""
    folder, known, files = Path(folder) / FOLDER, titles(assignment.notebook), file_names(found)
    for name, record in found.items():
        text = json.dumps(results(record, marks, known, assignment.checks), indent=1, ensure_ascii=False)
        records.write_atomically(folder / f"{files[name]}.json", text + "\n")
