"""Small notebooks for tests."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from authoring import notebooks, releasing


def markdown(source, name="words", *tags):
    return new_markdown_cell(source, id=name, metadata={"tags": list(tags)} if tags else {})


def code(source, printed=None, name="code", *tags, count=1, **data):
    """A code cell; `printed` is its standard output, `data` its rich output by kind (png=…, html=…, plain=…)."""
    kinds = {"png": "image/png", "html": "text/html", "plain": "text/plain"}
    outputs = [] if printed is None else [new_output("stream", name="stdout", text=printed)]
    if data:
        shown = {kinds[kind]: value for kind, value in data.items()}
        outputs.append(new_output("execute_result", data=shown, execution_count=count))
    metadata = {"tags": list(tags)} if tags else {}
    return new_code_cell(source, id=name, metadata=metadata, outputs=outputs, execution_count=count)


def notebook(*cells):
    for number, cell in enumerate(cells):
        if cell.id == "words":  # the default, which is not an id of its own
            cell.id = f"words-{number}"
    nb = new_notebook(cells=list(cells))
    nb.metadata = nbformat.from_dict(notebooks.NOTEBOOK_METADATA)
    return nb


def graded(source, name, *, test=False, points=None):
    """A cell of nbgrader's: a solution, or a test with points."""
    cell = code(source, name=name)
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": name,
        "grade": test,
        "locked": test,
        "solution": not test,
        "task": False,
    }
    if test:
        cell.metadata["nbgrader"]["points"] = points or 1
    return cell


def course(folder, *solution_cells):
    """A course in `folder` with pyproject.toml, one lesson and the solution of one assignment; return `folder`."""
    (folder / "pyproject.toml").write_text('[tool.course]\nrepository = "owner/old-name"\nref = "main"\n')
    for place, name, cells in (("notebooks", "00_start", ()), ("solutions", "a1_layer", solution_cells)):
        (folder / place).mkdir()
        nb = notebook(markdown("# Title\n\nText.", "title"), code("", name="setup"), *cells)
        path = folder / place / f"{name}.ipynb"
        notebooks.write(releasing.stamped(nb, path, folder), path)
    releasing.release(root=folder)
    return folder
