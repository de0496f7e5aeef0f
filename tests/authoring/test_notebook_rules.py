"""Each rule of notebook_rules.py accepts a good notebook and finds what it is there to find."""

import notebook_rules as rules
import pytest
from making import code, course, markdown, notebook
from nbformat.v4 import new_output

from authoring import notebooks, releasing

FIGURE = "Figure: two boxes of equal height, the second one with fewer channels."
EXERCISE = """\
### Exercise
*Difficulty ●○○ · importance ●●● · 5 minutes*

Add.

<details><summary>Hint</summary>

Use a sum.

</details>
<details><summary>Solution</summary>

```python
checks.equals(1 + 1, 2)
```

</details>
"""
STUB = code("checks.equals(..., 2)", "not yet: fill in the answer", "add-stub", "stub")
OPENING = """\
# Title

**You will be able to**
- count;
- measure;
- decide.

**You need** Python. **Time** about 40 minutes."""
ENDING = "## What is often said, and what we measured\n\n## Takeaways\n\n## References"
LONG = "\n".join(f"x{line} = {line}" for line in range(13))


def findings(rule, folder, *cells):
    path = folder / "lesson.ipynb"
    nb = notebook(*cells)
    path.write_text(notebooks.text_of(nb), encoding="utf-8")
    return rule(nb, path)


def exercise(source, *cells):
    return markdown(source, "add", "exercise"), *cells


ERROR = code("1 / 0")
ERROR.outputs = [new_output("error", ename="ZeroDivisionError", evalue="", traceback=[])]
EDITED = markdown("Words.")
EDITED.metadata["editor"] = {"width": 3}

GOOD = [
    (rules.executed, [code("1"), markdown("Words."), code("2", name="two", count=2)]),
    (rules.without_outputs, [code("1", count=None)]),
    (rules.without_errors, [code("1", "1")]),
    (rules.clean_file, [code("1", "1")]),
    (rules.small_file, [code("1", png="a" * 1_000_000)]),
    (rules.readable_ids, [code("1", name="setup"), code("2", name="shrink-channels-2")]),
    (rules.short_cells, [code(LONG[: LONG.rindex("\n")] + "\n\n### BEGIN SOLUTION")]),
    (rules.without_traces, [markdown("See https://example.org/home/me and a/tmp/b."), code("1", "home/me")]),
    (rules.robust_code, [code("import keras\nfrom math import pi\nself._x, keras.Model")][:0]),
    (rules.robust_code, [code("import keras\nfrom math import pi\nkeras.ops.sum(x)")]),
    (rules.steady_outputs, [code("f()", "3 steps, 1990s, 12 maps"), code("g()", "5 ms", "t", rules.IGNORED)]),
    (rules.figures_described, [code("draw()", png="x"), markdown(FIGURE), code("1", "no figure", "last")]),
    (rules.images_have_alt, [markdown('![a map](m.png) <img src="m.png" alt="a map"> `![](code.png)`')]),
    (rules.links_resolve, [markdown("# A `b` c\n[file](lesson.ipynb#x) [here](#A-b-c) [web](https://a.org)")]),
    (rules.headings, [markdown("# A\n## B\n### C\n## D\n\n```python\n# a comment\n```")]),
    (rules.formulas, [markdown("$$\\frac{a}{b} \\\\ c$$ costs $3, or `\\\\frac`")]),
    (rules.folds, [markdown(EXERCISE)]),
    (rules.predictions_have_a_place, [markdown("**Predict.** What?"), markdown(releasing.PREDICTION)]),
    (rules.sections, [markdown(OPENING), markdown("**Predict.** What?"), markdown(ENDING)]),
    (rules.exercises_complete, exercise(EXERCISE, STUB)),
]
BAD = [
    (rules.executed, [code("1", count=None)], "count is None, not 1"),
    (rules.executed, [code("1", count=2)], "count is 2, not 1"),
    (rules.without_outputs, [code("1", count=3)], "release"),
    (rules.without_outputs, [code("1", "1", count=None)], "release"),
    (rules.without_errors, [ERROR], "ZeroDivisionError"),
    (rules.clean_file, [EDITED], "editor's metadata"),
    (rules.clean_file, [code("1", count=7)], "course.py run"),
    (rules.small_file, [code("1", png="a" * 1_600_000)], "1.6 MB"),
    (rules.readable_ids, [code("1", name="3f2a9b1c")], "readable"),
    (rules.readable_ids, [code("1", name="a3f2a9b1-7d21-4c0e-8f00-0123456789ab")], "readable"),
    (rules.readable_ids, [code("1", name="lIYdn1woOS1n")], "readable"),
    (rules.readable_ids, [code("1", name="same"), code("2", name="same")], "of its own"),
    (rules.short_cells, [code(LONG)], "13 lines"),
    (rules.without_traces, [code("1", "/home/me/course/x.py")], "/home/"),
    (rules.without_traces, [code("open('/tmp/x')")], "/tmp/"),
    (rules.without_traces, [markdown(r"Look in C:\Users\me.")], "C:"),
    (rules.without_traces, [code("1", "oneDNN custom operations are on")], "oneDNN"),
    (rules.without_traces, [code("1", plain="This TensorFlow binary is optimized")], "TensorFlow"),
    (rules.robust_code, [code("tf.keras.Model()")], "tf.keras"),
    (rules.robust_code, [code("from numpy import *")], "import *"),
    (rules.robust_code, [code("layer._kernel")], "private"),
    (rules.robust_code, [code("layers[0]._kernel")], "private"),
    (rules.steady_outputs, [code("f()", "<object at 0x7f0012ab34>")], "0x7f"),
    (rules.steady_outputs, [code("f()", "took 0.31 s")], "1 s"),
    (rules.steady_outputs, [code("f()", "32/32 - 1s 5ms/step")], "5ms"),
    (rules.figures_described, [code("draw()", png="x")], "Figure"),
    (rules.figures_described, [code("draw()", png="x"), markdown("Some words on it.")], "Figure"),
    (rules.figures_described, [code("draw()", png="x"), markdown("Figure: a box.")], "8 words"),
    (rules.figures_described, [code("draw()", html="<svg></svg>")], "Figure"),
    (rules.images_have_alt, [markdown("![](map.png)")], "alternative text"),
    (rules.images_have_alt, [markdown('<img src="map.png">')], "alternative text"),
    (rules.images_have_alt, [markdown('<img src="map.png" alt="">')], "alternative text"),
    (rules.links_resolve, [markdown("[x](missing.ipynb)")], "missing.ipynb"),
    (rules.links_resolve, [markdown("[x](#Nowhere)")], "#Nowhere"),
    (rules.links_resolve, [markdown("![x](missing.png)")], "missing.png"),
    (rules.links_resolve, [markdown('<a href="missing.html">x</a>')], "missing.html"),
    (rules.headings, [markdown("# A\n### C")], "skip no level"),
    (rules.headings, [markdown("# A"), markdown("# B", "again")], "one heading of level 1"),
    (rules.headings, [markdown("## A")], "one heading of level 1"),
    (rules.headings, [markdown("Words.")], "one heading of level 1"),
    (rules.formulas, [markdown("$$\\\\frac{a}{b}$$")], "one backslash"),
    (rules.predictions_have_a_place, [markdown("**Predict.** What?")], "put a cell below"),
    (rules.predictions_have_a_place, [markdown("**Predict.** What?"), markdown("Words.")], "put a cell below"),
    (rules.folds, [markdown("<details><summary>Hint</summary>\n\nWords.")], "close"),
    (rules.folds, [markdown("<details><summary>Hint</summary>\nWords.\n\n</details>")], "blank line"),
    (rules.folds, [markdown("<details>\n\nWords.\n\n</details>")], "<summary>"),
    (rules.sections, [markdown(OPENING.replace("- measure;\n", "")), markdown("**Predict.**\n" + ENDING)], "three"),
    (rules.sections, [markdown(OPENING.replace("40", "some")), markdown("**Predict.**\n" + ENDING)], "minutes"),
    (rules.sections, [markdown(OPENING), markdown(ENDING)], "Predict"),
    (rules.sections, [markdown(OPENING), markdown("**Predict.**\n## Takeaways\n## References")], "often said"),
    (rules.exercises_complete, exercise(EXERCISE), "stub"),
    (rules.exercises_complete, exercise(EXERCISE, markdown("Words."), STUB), "right below"),
    (rules.exercises_complete, exercise(EXERCISE.replace("5 minutes", "short"), STUB), "Difficulty"),
    (rules.exercises_complete, exercise(EXERCISE.replace("Hint", "Help"), STUB), "Hint"),
    (rules.exercises_complete, exercise(EXERCISE.replace("```python", "```"), STUB), "Solution"),
    (rules.exercises_complete, exercise(EXERCISE, code("checks.equals(1, 2)", "ok", "s", "stub")), "not yet"),
    (rules.exercises_complete, [STUB], "must follow"),
]


@pytest.mark.parametrize(("rule", "cells"), GOOD, ids=lambda value: getattr(value, "__name__", ""))
def test_a_good_notebook(rule, cells, tmp_path):
    assert not findings(rule, tmp_path, *cells)


@pytest.mark.filterwarnings("ignore:Non-unique cell id")
@pytest.mark.parametrize(("rule", "cells", "says"), BAD, ids=lambda value: getattr(value, "__name__", ""))
def test_a_bad_notebook(rule, cells, says, tmp_path):
    problems = findings(rule, tmp_path, *cells)
    assert len(problems) >= 1
    assert any(says in problem and problem.startswith("lesson.ipynb") for problem in problems)


def test_a_stamped_notebook(tmp_path):
    course(tmp_path)
    path = tmp_path / "notebooks" / "00_start.ipynb"
    nb = notebooks.read(path)
    assert not rules.stamped(nb, path, tmp_path)
    nb.cells[1].source = "import course_utils"
    (problem,) = rules.stamped(nb, path, tmp_path)
    assert "cell setup" in problem
    assert "course.py stamp" in problem


def test_claims():
    nb = notebook(code("1", "1", "shown", "claim-000.1"), code("2", None, "not-run", "claim-000.2", count=None))
    path = releasing.ROOT / "lesson.ipynb"
    assert not rules.claims_shown(nb, path, ["000.1"])
    assert "claim-000.2" in rules.claims_shown(nb, path, ["000.1", "000.2"])[0]


def test_quiz_questions():
    option = "<details><summary>Yes.</summary>\n\nNo.\n\n</details>\n"
    assert (
        rules.quiz_questions(notebook(markdown(f"**1. Is it?**\n\n{option}{option}\n**2. Or?**\n\n{option * 3}"))) == 2
    )
    assert rules.quiz_questions(notebook(markdown(f"**1. Is it?**\n\n{option}"), markdown(EXERCISE))) == 0


def test_exercises_give_the_solution_that_replaces_the_stub():
    ((statement, stub, solution),) = rules.exercises(notebook(*exercise(EXERCISE, STUB)))
    assert (statement.id, stub.id, solution) == ("add", "add-stub", "checks.equals(1 + 1, 2)")
