"""A number in prose that no cell computes is found; the rule stands at the top of prose_rule.py."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from making import code, graded, markdown, notebook
from prose_rule import checked_numerals, numbers, prose_numbers

from authoring import notebooks, releasing

PATH = Path("lesson.ipynb")
REAL = [*sorted(releasing.ROOT.glob("notebooks/*.ipynb")), *sorted(releasing.ROOT.glob("solutions/*.ipynb"))]


def problems(*cells):
    return prose_numbers(notebook(*cells), PATH)


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("4816896", "It takes **4,816,896** MACs."),
        ("4,816,896 MACs", "It takes **4,816,896**."),
        ("9.68", "That is **9.68×** less."),
        ("89.4 %", "It reaches **89.4 %**."),
        ("0.85 0.94", "Between **0.85–0.94**."),
        ("(28, 28, 32)", "The shape is **28 × 28 × 32**."),
        ("28x28x32", "The shape is **28 × 28 × 32**."),
        ("3", "It sees **3** pixels."),
        ("1e-07", "The gradient is **1e-7**."),
        ("[16. 48.]", "They are **16** and **48**."),
    ],
)
def test_a_claim_that_was_printed(printed, text):
    assert not problems(code("f()", printed), markdown(text))


@pytest.mark.parametrize(
    ("printed", "text", "wrong"),
    [
        ("4816896", "It takes **4,816,895** MACs.", "4,816,895"),
        ("9.68", "That is **9.67×** less.", "9.67"),
        ("0.894", "It reaches **89.4 %**.", "89.4"),
        ("0.85 0.94", "Between **0.85–0.95**.", "0.95"),
        ("(28, 28, 32)", "The shape is **28 × 28 × 33**.", "33"),
        ("3", "It sees **4** pixels.", "4"),
        ("conv2d float32", "There are **2**.", "2"),
        ("3.15.1", "Version **3.15**.", "3.15"),
        ("1234", "There are **234**.", "234"),
    ],
)
def test_a_claim_that_was_not_printed(printed, text, wrong):
    (problem,) = problems(code("f()", printed), markdown(text, "result"))
    assert problem.startswith(f"lesson.ipynb, cell result: claims {wrong}, ")


def test_results_and_tables_count_as_printed():
    assert not problems(code("f()", plain="(28, 28)"), markdown("**28**"))
    assert not problems(code("f()", html="<table><tr><td>28</td></tr></table>"), markdown("**28**"))
    assert problems(code("f()", html='<table width="28"></table>'), markdown("**28**"))
    assert problems(code("f()", plain="<Figure size 600x350 with 1 Axes>"), markdown("**600**"))


def test_a_claim_stands_below_its_cell():
    assert problems(markdown("**28**"), code("f()", "28"))


def test_a_claim_stands_in_its_cells_section():
    cells = code("f()", "28"), markdown("**28** it is.\n\n## Next", "result"), code("g()", "5", "next")
    assert not problems(*cells)
    assert problems(*cells, markdown("Again **28**.", "later"))
    assert not problems(code("f()", "28"), markdown("### A step\n**28**"))


def test_a_section_without_code_sums_up_what_was_printed_above():
    start, end = code("f()", "28"), markdown("## Takeaways\n- It is **28**.\n- Not **29**.")
    (problem,) = problems(start, end)
    assert "29" in problem


@pytest.mark.parametrize(
    "text",
    [
        "The input has 192 channels, the kernel 0.5.",  # in the source
        "The output has 28 rows.",  # in the output
        r"$$28 \times 28 \times 192$$",
        "Of 12 pictures, 3 are bags.",  # small
        "`x[:77]` and\n\n```python\ny = 78\n```",
        "[the 77th lesson](part_77.ipynb)",
        '<img src="x.png" width="600" alt="a map">',
        "### Exercise 77",
        "<details><summary>77 channels.</summary>\n\nNo.\n\n</details>",
        "14. The fourteenth point.",
        "It takes 60 to 90 minutes.",
        "*Difficulty ●○○ · importance ●●● · 15 minutes*",
        "In 2012 AlexNet won.",
        "AlexNet has 60 million weights ([Krizhevsky et al., 2012](https://example.org/paper)).",
        "VGG-16, conv17 and float32 are names, and so is Keras 3.15.1.",
        "**A layer has 64 filters. How many maps?** It makes 64 maps.",
        "## References\n- Volume 77, pages 1097–1105.",
    ],
)
def test_a_number_that_is_given(text):
    assert not problems(code("f(192, 0.5)", "28"), markdown(text))


@pytest.mark.parametrize(
    "text",
    [
        "The input has 193 channels.",
        "It is 0.6 of the whole.",
        r"$$28 \times 29$$",
        "<details><summary>77</summary>\n\nYes, 78.\n\n</details>",
        "AlexNet won ([2012](https://example.org)). It has 61 million weights.",
        "See [the lesson](00_start_here.ipynb): it has 61 cells.",
        "**A layer has 64 filters.**",
        "| model | weights |\n|---|---|\n| ours | 61 |",
        "## References\n- 77\n\n## After all\n78",
    ],
)
def test_a_number_that_is_not_given(text):
    (problem,) = problems(code("f(192, 0.5)", "28"), markdown(text))
    assert "stands in no code cell" in problem


def test_the_points_of_graded_cells_are_given():
    cells = graded("assert f()", "a1-q1-test", test=True, points=40), graded("1", "a1-q2-test", test=True, points=60)
    assert not problems(*cells, markdown("40 points of 100."))
    assert problems(*cells, markdown("90 points of 100."))


def test_the_values_of_numerals():
    text = "1,024 4_816_896 4{,}816{,}896 0.50 2e-3 28x28 a1 VGG-16 3.15.1"
    assert numbers(text) == {Decimal(value) for value in ("1024", "4816896", "0.5", "0.002", "28")}


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_the_notebooks_numbers_are_computed(path):
    found = prose_numbers(notebooks.read(path), path)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_a_wrong_number_in_the_notebooks_is_found(path):
    """Change every number that the rule looks at, one at a time, to one that stands nowhere."""
    nb = notebooks.read(path)
    numerals = checked_numerals(nb)
    assert any(numeral.claimed for numeral in numerals), "a lesson claims a number"
    missed = []
    for numeral in numerals:
        cell = nb.cells[numeral.index]
        source = cell.source
        wrong = "7" + re.sub(r"[,{}]", "", source[numeral.start : numeral.end])
        while Decimal(wrong) in numeral.allowed:
            wrong = "7" + wrong
        cell.source = source[: numeral.start] + wrong + source[numeral.end :]
        if not any(f" {wrong}, " in problem for problem in prose_numbers(nb, path)):
            missed.append((cell.id, source[numeral.start : numeral.end], wrong))
        cell.source = source
    assert not missed
