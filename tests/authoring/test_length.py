"""What counts as flow prose and as a line of code."""

import nbformat
import pytest

from authoring import length

V4 = nbformat.v4


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("Two words", 2),
        ("# A heading\n\nTwo words", 2),
        ("| a | table |\n|---|---|\n| of | words |\n\nOne", 1),
        ("The layer `Conv2D(64, 3)` has $3 \\cdot 3$ weights", 6),
        ("See [the paper](https://example.org/a/long/address).", 3),
        ("Before\n<details><summary>Hint</summary>\n\nmany words here\n</details>\nafter", 2),
        ("Figure: what there is to see\n\nOne", 1),
        ("```python\nquoted = code\n```\nOne", 1),
        ("$$a \\times b$$\nOne", 1),
        ("One.\n\n## References\n\nLin et al. 2013.", 1),
        ("1.5 × 1×1, 96 % and it's", 5),
    ],
)
def test_flow_prose(source, words):
    assert length.count(V4.new_notebook(cells=[V4.new_markdown_cell(source)]))["words"] == words


def test_lines_of_code_and_predictions():
    cells = [V4.new_code_cell("# a comment\n\nx = 1  # one\nprint(x)"), V4.new_markdown_cell("**Predict.** How many?")]
    found = length.count(V4.new_notebook(cells=cells))
    assert (found["code lines"], found["predictions"], found["cells"]) == (2, 1, 2)


def test_the_table_has_a_line_for_every_notebook():
    assert len(length.table([]).splitlines()) == 1 + len(list(length.NOTEBOOKS.glob("*.ipynb")))
