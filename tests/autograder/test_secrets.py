"""Nothing of the model answers, the hidden checks or the expected values is in any file that grading makes.

A secret is planted in each of them, a class of curious submissions is graded by the command, and every file of the
results is searched. (test_hostile.py looks for it in the results of all hostile submissions.)
"""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from submissions import TINY_CHECKS, answers_in, can_confine, tiny_notebook, with_answers

ROOT = Path(__file__).resolve().parents[2]
CURIOUS = "snooping|reading_solution|reading_checks|importing|on_the_wire|patched_recorder|huge_error"
HOSTILE = [path for path in sorted((ROOT / "tests/hostile").glob("*.txt")) if re.search(CURIOUS, path.stem)]
WORD, NUMBER = "plantedword", "31415926"  # the number is in the expected values

# In the second look a model answer is in reach of these; each tries another way out of the process that it runs in.
SPY = """
def quadruple(x):
    seen = str([f.__code__.co_consts for f in (globals().get("double"),) if f])
    if len(x) > 2:
        return double(double(x))
    {way}
"""
WAYS = {
    "error": "raise ValueError(seen)",
    "text": "return seen",
    "shape": "return np.zeros((len(seen), ord(seen[-2])))",
    "value": "return float('0' + ''.join(c for c in seen if c.isdigit())[:8])",
    "class": "raise type(seen, (Exception,), {})()",
    "print": "print(seen); import warnings; warnings.warn(seen); return 0",
}


def planted(folder):
    """The tiny assignment with the secret in each model answer, probe, decider and expected value; its checks' path."""
    solution = tiny_notebook()
    for cell in solution.cells[1:]:
        head, _, body = cell.source.partition("\n")
        if body:
            cell.source = f'{head}\n    """{WORD}"""\n    key = "{WORD}"  # {WORD}\n{body}'
    checks = TINY_CHECKS.replace("    return [compare", f'    key = "{WORD}"  # {WORD}\n    return [compare')
    checks = checks.replace("def probe(function, inputs):\n", f'def probe(function, inputs):\n    """{WORD}"""\n')
    both = f'compare("value", 1, answers["value"], 4 * inputs["x"]), compare("more", 1, answers["more"], {NUMBER}.0)'
    checks = checks.replace('compare("value", 2, answers["value"], 4 * inputs["x"])', both)
    twice = '{"value": attempt(function, inputs["x"]), "more": attempt(function, inputs["x"][:2])}'
    checks = checks.replace('{"value": attempt(function, inputs["x"])}', twice)
    folder.mkdir()
    nbformat.write(solution, folder / "tiny.ipynb")
    (folder / "tiny.py").write_text(f'"""{WORD}"""\n{checks}', encoding="utf-8")
    return folder / "tiny.py"


def everything_in(folder):
    """(name, text) of every file, those inside zips too."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.name, path.read_bytes().decode("utf-8", "replace")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as file:
                for name in file.namelist():
                    yield f"{path.name}: {name}", file.read(name).decode("utf-8", "replace")


@pytest.mark.skipif(not can_confine(), reason="this machine cannot confine a submission")
def test_no_file_of_the_results_holds_a_planted_secret(tmp_path):
    checks = planted(tmp_path / "assignment")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    students = {path.stem: answers_in(path.read_text(encoding="utf-8")) for path in HOSTILE}
    for name, way in WAYS.items():
        students[f"spy-{name}"] = {"t-q1": "def double(x):\n    return x", "t-q3": SPY.replace("{way}", way)}
    for name, answers in students.items():
        nbformat.write(with_answers(tiny_notebook(), answers), inbox / f"{name}.ipynb")
    given = ["grade", "tiny", inbox, "--checks", checks.parent, "--out", tmp_path / "results"]
    done = subprocess.run([sys.executable, "-P", "-m", "autograder", *map(str, given)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    texts = [*everything_in(tmp_path / "results"), ("what the terminal shows", done.stdout + done.stderr)]
    found = [name for name, text in texts if WORD in text or NUMBER in text]
    assert found == []
    lines = [json.loads(line) for line in (tmp_path / "results/results.jsonl").read_text("utf-8").splitlines()]
    assert {line["name"] for line in lines} == set(students) and len(students) >= 15
    for line in lines:
        if line["name"].startswith("spy-"):  # the second look was used
            assert line["questions"][2]["points"] == 1, line
            assert "our answer to t-q1" in line["questions"][2]["findings"][-1]["message"]
