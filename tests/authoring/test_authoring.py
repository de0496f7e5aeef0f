"""Notebooks are executed, cleaned, released and stamped as authoring/ promises, and nothing of a solution leaks."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from making import code, course, graded, markdown, notebook
from nbformat.v4 import new_output

from authoring import __main__ as commands
from authoring import notebooks, releasing
from authoring.notebooks import NotebookError

NAMES = sorted(releasing.assignments())
SOLUTION = """\
def double(x):
    ### BEGIN SOLUTION
    secret_factor = 2
    return secret_factor * x
    ### END SOLUTION"""
TEST = """\
assert double(1) == 2, "twice one is two"
### BEGIN HIDDEN TESTS
assert double(21) == 42, "hidden_check"
### END HIDDEN TESTS"""


@pytest.fixture
def small_course(tmp_path):
    why = markdown("**Why.** Multiplying by two doubles.", "why", "solution-only")
    answer = code("double(8)", plain="16", name="look", count=2)
    return course(tmp_path, graded(SOLUTION, "a1-q1"), why, graded(TEST, "a1-q1-test", test=True), answer)


def strings(value):
    """Every string in a JSON value, keys too, and what base64 in it decodes to."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, list):
        yield "".join(item for item in value if isinstance(item, str))
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value
        for token in re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", value):
            yield base64.b64decode(token[: len(token) // 4 * 4]).decode("utf-8", "ignore")


def leaks(secrets, release):
    """The secret lines that stand anywhere in the text of a released notebook."""
    texts = [" ".join(text.split()) for text in [release, *strings(json.loads(release))]]
    return [line for line in secrets if any(" ".join(line.split()) in text for text in texts)]


def split_lines(nb):
    """The non-trivial lines of a solution notebook: (those it hides from students, those it shows them)."""
    hidden, shown = set(), set()
    for cell in nb.cells:
        hiding = "solution-only" in cell.metadata.get("tags", [])
        for line in cell.source.splitlines():
            if re.search(r"### BEGIN (SOLUTION|HIDDEN TESTS)", line):
                hiding = True
            elif re.search(r"### END (SOLUTION|HIDDEN TESTS)", line):
                hiding = False
            else:
                (hidden if hiding else shown).add(line.strip())
    shown |= {line.removesuffix(",") for line in shown}
    return {line for line in hidden - shown if len(line) >= 10}, shown


# Releases -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_assignment_is_what_its_solution_generates(name):
    path, text = releasing.generate(name)
    assert path.read_bytes() == text.encode(), "run `python course.py release`"


@pytest.mark.parametrize("name", NAMES)
def test_no_solution_leaks(name):
    nb = notebooks.read(releasing.assignments()[name])
    hidden, _ = split_lines(nb)
    assert hidden
    _, release = releasing.generate(name)
    assert not leaks(hidden, release)


@pytest.mark.parametrize("name", NAMES)
def test_no_hidden_check_or_mutant_leaks(name):
    files = [releasing.ROOT / "solutions" / "checks" / f"{name}.py"]
    files += sorted((releasing.ROOT / "tests" / "mutants" / name).rglob("*.*"))
    _, shown = split_lines(notebooks.read(releasing.assignments()[name]))
    lines = {line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines()}
    secrets = {line for line in lines - shown if len(line) >= 16 and not line.startswith(("import ", "from "))}
    assert secrets
    _, release = releasing.generate(name)
    assert not leaks(secrets, release)


@pytest.mark.parametrize("name", NAMES)
def test_a_release_holds_no_result_and_no_tag(name):
    _, release = releasing.generate(name)
    cells = json.loads(release)["cells"]
    assert not [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")]
    assert not [cell["id"] for cell in cells if "tags" in cell["metadata"]]
    assert "SOLUTION" not in release
    assert "HIDDEN TESTS" not in release


def test_leaks_are_found():
    secret = "secret_factor = 2"
    hiding_places = [
        code("x = 1\nsecret_factor  =  2"),
        code("x", "secret_factor = 2"),
        code("x", png=base64.b64encode(b"before secret_factor = 2 after").decode()),
        markdown("One writes `secret_factor = 2`."),
        markdown("Words.", "words", "secret_factor = 2"),
    ]
    for cell in hiding_places:
        assert leaks([secret], notebooks.text_of(notebook(cell))) == [secret]
    assert not leaks([secret], notebooks.text_of(notebook(code("secret_factor = 3"))))


def test_a_small_release(small_course):
    release = notebooks.read(small_course / "assignments" / "a1_layer.ipynb")
    sources = {cell.id: cell.source for cell in release.cells}
    assert list(sources) == ["title", "setup", "a1-q1", "a1-q1-test", "look"]
    assert sources["a1-q1"] == "def double(x):\n    # your code here\n    ..."
    assert sources["a1-q1-test"] == 'assert double(1) == 2, "twice one is two"'
    assert "assignments/a1_layer.ipynb" in sources["title"]
    text = notebooks.text_of(release)
    for secret in ("secret_factor", "hidden_check", "doubles", '"16"', "solution-only"):
        assert secret not in text


def test_a_mark_scheme_does_not_go_out(tmp_path):
    task = markdown("Draw it.\n\n### BEGIN MARK SCHEME\nfull marks for SECRETWORD\n### END MARK SCHEME", "a1-task")
    label = {"schema_version": 3, "grade_id": "a1-task", "grade": False, "locked": True, "solution": False}
    task.metadata["nbgrader"] = label | {"task": True, "points": 5}
    place = course(tmp_path, graded(SOLUTION, "a1-q1"), task)
    release = notebooks.read(place / "assignments/a1_layer.ipynb")
    (released,) = [cell for cell in release.cells if cell.id == "a1-task"]
    assert released.source.strip() == "Draw it."
    assert "SECRETWORD" not in notebooks.text_of(release) and "MARK SCHEME" not in notebooks.text_of(release)


def test_answers_explain_everything_and_nobody_can_hand_them_in(tmp_path):
    cells = [
        graded(SOLUTION, "a1-q1"),
        graded("assert double(1) == 2", "a1-q1-test", test=True),
        markdown(releasing.PREDICTION, "q1-prediction"),
        markdown("**Why.** Two halves make a whole.", "q1-why", "solution-only"),
        markdown("**How to mark.** Four points for SECRETWORD.", "q2-why", "solution-only"),
        markdown("- One.\n\n**Hand in** this notebook.\n\n## References", "end"),
    ]
    place = course(tmp_path, *cells)
    before = (place / "assignments/a1_layer.ipynb").read_bytes()
    assert releasing.answers("a1", root=place) == [place / "answers/a1_layer_answers.ipynb"]
    given = notebooks.read(place / "answers/a1_layer_answers.ipynb")
    sources = {cell.id: cell.source for cell in given.cells}
    assert list(sources) == ["title", "setup", "a1-q1", "a1-q1-test", "q1-why", "end"]
    assert "secret_factor" in sources["a1-q1"] and "SOLUTION" not in sources["a1-q1"]
    assert sources["title"].startswith("# Title (answers)\n\n") and sources["end"] == "- One.\n\n## References"
    assert not any(cell.metadata or cell.get("outputs") for cell in given.cells)
    assert (place / "assignments/a1_layer.ipynb").read_bytes() == before
    assert releasing.answers("a1", root=place) == []  # the same bytes
    with pytest.raises(NotebookError, match="unknown assignment 'a9'"):
        releasing.answers("a9", root=place)


@pytest.mark.parametrize(
    ("source", "name"),
    [("**Why.** Two halves.", "words"), ("**How to mark.** Four points.", "words"), ("Since two.", "q1-why")],
)
def test_an_explanation_that_lost_its_tag_stops_the_release(source, name, tmp_path):
    with pytest.raises(NotebookError, match=r"a1_layer\.ipynb: the cell .* looks like an explanation"):
        course(tmp_path, graded(SOLUTION, "a1-q1"), markdown(source, name))


def test_a_solution_without_cell_ids_is_named(small_course):
    path = small_course / "solutions/a1_layer.ipynb"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["nbformat_minor"] = 0
    for cell in document["cells"]:
        del cell["id"]
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(NotebookError, match=r"a1_layer\.ipynb: \d+ cells have no id"):
        releasing.release(root=small_course)


def test_a_released_stub_can_be_called(small_course):
    release = notebooks.read(small_course / "assignments" / "a1_layer.ipynb")
    names = {}
    exec(next(cell.source for cell in release.cells if cell.id == "a1-q1"), names)
    assert names["double"](1) is None


def test_a_release_is_locked_and_its_checksums_fit(small_course):
    from nbgrader.utils import compute_checksum

    release = notebooks.read(small_course / "assignments" / "a1_layer.ipynb")
    cells = {cell.id: cell for cell in release.cells}
    assert cells["a1-q1-test"].metadata.editable is False
    assert "editable" not in cells["a1-q1"].metadata
    for name in ("a1-q1", "a1-q1-test"):
        assert cells[name].metadata.nbgrader.checksum == compute_checksum(cells[name])


def test_a_release_is_the_same_bytes_in_another_process(small_course):
    script = (
        "import sys; from authoring import releasing; sys.stdout.reconfigure(encoding='utf-8')\n"
        f"sys.stdout.write(releasing.generate('a1', {str(small_course)!r})[1])"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(releasing.ROOT)}
    made = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout
    assert made.replace(b"\r\n", b"\n") == (small_course / "assignments" / "a1_layer.ipynb").read_bytes()


def test_drift_is_found_and_mended(small_course):
    path = small_course / "assignments" / "a1_layer.ipynb"
    assert releasing.stale(small_course) == []
    path.write_text(path.read_text().replace("twice one", "one twice"))
    assert releasing.stale(small_course) == [path]
    assert releasing.release("a1", root=small_course) == [path]
    assert releasing.stale(small_course) == []
    path.unlink()
    assert releasing.stale(small_course) == [path]


def test_an_unknown_assignment(small_course):
    with pytest.raises(NotebookError, match=r"unknown assignment 'a9'; there are solutions for a1"):
        releasing.release("a9", root=small_course)


def test_a_solution_region_outside_a_solution_cell(small_course):
    path = small_course / "solutions" / "a1_layer.ipynb"
    nb = notebooks.read(path)
    nb.cells.append(code(SOLUTION, name="loose"))
    notebooks.write(nb, path)
    with pytest.raises(NotebookError, match=r"a1_layer\.ipynb: nbgrader refuses it"):
        releasing.release("a1", root=small_course)


# Stamps ---------------------------------------------------------------------------------------------------------


def rename(root):
    """Give the course in `root` another repository and ref; return the old and the new repository."""
    path = root / "pyproject.toml"
    repository, ref = releasing.course_settings(root)
    text = path.read_text(encoding="utf-8").replace(f'"{repository}"', '"someone/new-name"')
    path.write_text(text.replace(f'ref = "{ref}"', 'ref = "v9.0"'), encoding="utf-8")
    return repository, "someone/new-name"


def test_a_new_address_reaches_every_notebook(tmp_path):
    for folder in ("notebooks", "solutions", "assignments"):
        shutil.copytree(releasing.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(releasing.ROOT / file, tmp_path)
    old, new = rename(tmp_path)
    changed = releasing.stamp(tmp_path)
    readme = tmp_path / "README.md"
    assert sorted(changed) == sorted([readme, *tmp_path.glob("*/*.ipynb")])
    text = readme.read_text(encoding="utf-8")
    assert old not in text and f"/{new}/blob/v9.0/notebooks/00" in text
    for path in tmp_path.glob("*/*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert old not in text
        assert f"github.com/{new}@v9.0" in text
        assert (f"/{new}/blob/v9.0/{path.parent.name}/{path.name}" in text) == (path.parent.name != "solutions")
    assert releasing.stamp(tmp_path) == []


def test_a_stamp_keeps_the_text_and_stands_below_the_title(small_course):
    nb = notebooks.read(small_course / "notebooks" / "00_start.ipynb")
    title, link, text = nb.cells[0].source.split("\n\n")
    assert (title, text) == ("# Title", "Text.")
    assert link.startswith("[Open in Colab](")
    assert nb.cells[1].source.startswith("import importlib.util\n")


def test_a_published_course_without_solutions_can_be_stamped(small_course):
    shutil.rmtree(small_course / "solutions")
    rename(small_course)
    paths = [small_course / name for name in ("assignments/a1_layer.ipynb", "notebooks/00_start.ipynb")]
    assert sorted(releasing.stamp(small_course)) == paths
    for path in paths:
        assert f"/someone/new-name/blob/v9.0/{path.parent.name}/{path.name}" in path.read_text(encoding="utf-8")


def test_a_page_beside_the_notebook_is_linked_online_too(small_course):
    path = small_course / "notebooks" / "00_start.ipynb"
    nb = notebooks.read(path)
    nb.cells.append(markdown("See [glossary](glossary.md), [papers](papers.md) or [01](01_more.ipynb)."))
    for address in ("owner/old-name/blob/main", "owner/old-name/blob/main", "someone/new-name/blob/v9.0"):
        if address.startswith("someone"):
            rename(small_course)
        online = f"[online](https://github.com/{address}/notebooks/"
        glossary, papers = (f"({page}) ({online}{page}))" for page in ("glossary.md", "papers.md"))
        text = releasing.stamped(nb, path, small_course).cells[-1].source
        assert text == f"See [glossary]{glossary}, [papers]{papers} or [01](01_more.ipynb)."


def opening(title, needs):
    return markdown(f"# {title}\n\nText.\n\n**You need** {needs}.\n\n**Time** about 45 minutes.", "title")


def test_the_readmes_table_puts_each_assignment_after_what_it_needs(tmp_path):
    shutil.copy(releasing.ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "README.md").write_text("Before.\n<!-- stamped: notebooks -->\nold\n<!-- end -->\nAfter.\n")
    for folder, name, *words in [
        ("notebooks", "00_start", "00 · Start", "Python, and 20 free minutes"),
        ("notebooks", "01_more", "01 · More: and more", "notebook 00"),
        ("notebooks", "02_end", "02 · End", "notebooks 00 and 01"),
        ("assignments", "a1_first", "a1 · First", "notebooks 00 to 01"),
    ]:
        (tmp_path / folder).mkdir(exist_ok=True)
        cells = [opening(*words), code("1", name="setup")]
        notebooks.write(notebook(*cells), tmp_path / folder / f"{name}.ipynb")
    releasing.stamp(tmp_path)
    lines = (tmp_path / "README.md").read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[-2], lines[-1]) == ("Before.", "<!-- end -->", "After.")
    assert [line.split(" | ")[:3] for line in lines if re.match(r"\| \w", line)] == [
        ["| 00", "[Start](notebooks/00_start.ipynb)", "45"],
        ["| 01", "[More: and more](notebooks/01_more.ipynb)", "45"],
        ["| a1", "[First](assignments/a1_first.ipynb)", "45"],
        ["| 02", "[End](notebooks/02_end.ipynb)", "45"],
    ]
    assert releasing.stamp(tmp_path) == []


def test_a_first_cell_without_needs_or_minutes_cannot_stand_in_the_table(small_course):
    (small_course / "README.md").write_text("<!-- stamped: notebooks -->\n<!-- end -->\n")
    with pytest.raises(NotebookError, match=r"00_start\.ipynb: its first cell must have .*You need"):
        releasing.stamp(small_course)


def test_a_notebook_without_a_setup_cell_or_a_title(small_course):
    path = small_course / "notebooks" / "00_start.ipynb"
    notebooks.write(notebook(markdown("# Title", "title"), code("1", name="one")), path)
    with pytest.raises(NotebookError, match=r"give it the id 'setup'"):
        releasing.stamp(small_course)
    notebooks.write(notebook(code("1", name="setup")), path)
    with pytest.raises(NotebookError, match=r"begin with the title"):
        releasing.stamp(small_course)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tool.course]\nrepository = 'a/b'\n", "repository and ref"),
        ("[tool.course]\nrepository = 'no slash'\nref = 'main'\n", "owner/name"),
        ("[tool.course]\nrepository = 'a/b'\nref = 'a b'\n", "v1.0"),
        ("[tool.course\n", "not valid TOML"),
        (None, "repository and ref"),
    ],
)
def test_bad_settings(tmp_path, text, says):
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(NotebookError, match=says):
        releasing.course_settings(tmp_path)


# Cleaning and executing -----------------------------------------------------------------------------------------


def untidy():
    first, second = code("1", name="first", count=7), code("2", name="second", count=9)
    first.metadata = {"tags": ["a"], "execution": {"iopub.busy": "2026-01-01"}, "collapsed": True, "jupyter": {}}
    first.outputs = [
        new_output("stream", name="stdout", text="one\n"),
        new_output("stream", name="stderr", text="noise\n"),
        new_output("stream", name="stdout", text="two\n"),
        new_output("display_data", data={notebooks.WIDGET_VIEW: {"model_id": "x"}, "text/plain": "Slider()"}),
        new_output("execute_result", data={"text/plain": "3"}, execution_count=7),
    ]
    nb = notebook(markdown("# Title", "title"), first, second, code("3", name="not-run", count=None))
    nb.metadata = {"kernelspec": {"name": "conda-env"}, "language_info": {"version": "3.12"}, "widgets": {"x": 1}}
    return nb


def test_clean():
    nb = notebooks.clean(untidy())
    first, second, third = nb.cells[1:]
    assert nb.metadata == notebooks.NOTEBOOK_METADATA
    assert first.metadata == {"tags": ["a"]}
    assert [output.output_type for output in first.outputs] == ["stream", "execute_result"]
    assert first.outputs[0].text == "one\ntwo\n"
    assert first.outputs[1].execution_count == 1
    assert [cell.execution_count for cell in (first, second, third)] == [1, 2, None]
    assert [cell.id for cell in nb.cells] == ["title", "first", "second", "not-run"]


def test_clean_changes_nothing_the_second_time():
    once = notebooks.text_of(notebooks.clean(untidy()))
    nb = notebooks.clean(untidy())
    assert notebooks.text_of(notebooks.clean(nb)) == once
    assert once.endswith("}\n")


def test_execute(tmp_path, capsys):
    path = tmp_path / "lesson.ipynb"
    show = code("import os, sys\nprint('a')\nprint('noise', file=sys.stderr)\nos.path.basename(os.getcwd())", count=4)
    notebooks.write(notebook(markdown("# Title", "title"), show), path)
    seconds, peak = notebooks.execute(path)
    nb = notebooks.read(path)
    assert nb.cells[1].outputs[0].text == "a\n"
    assert nb.cells[1].outputs[1].data["text/plain"] == repr(tmp_path.name)
    assert len(nb.cells) == 2
    assert nb.cells[1].execution_count == 1
    assert seconds > 0
    assert peak is None if sys.platform == "win32" else 10 < peak < 100_000
    told = capsys.readouterr()
    assert told.out.startswith("lesson.ipynb: 1 cells, ") and "1/1" in told.err


def test_a_widgets_output_is_neither_stored_nor_sent_back_to_the_kernel(tmp_path):
    """What is sent to the kernel while its reply is awaited can hide that reply, and a run then waits for minutes."""
    path = tmp_path / "lesson.ipynb"
    shown = code("from ipywidgets import interactive\nw = interactive(lambda x: print(x), x=3)\nw", name="slider")
    notebooks.write(notebook(shown, code("w.update(); len(w.out.outputs)", name="told")), path)
    notebooks.execute(path)
    slider, told = notebooks.read(path).cells
    assert slider.outputs == []
    assert told.outputs[0].data["text/plain"] == "0"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import time; time.sleep(60)", "no answer within 2 s"),
        ("import os; os._exit(1)", "the kernel died"),
    ],
)
def test_a_failing_cell_leaves_the_file_as_it_was(tmp_path, source, says):
    path = tmp_path / "lesson.ipynb"
    notebooks.write(notebook(code("2 + 2", name="fine"), code(source, "old output", name="fails")), path)
    before = path.read_bytes()
    with pytest.raises(NotebookError, match=says) as caught:
        notebooks.execute(path, timeout=2)
    assert "cell 'fails' failed, and the file was left as it was" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["words", "[1]", "{}", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "\x00"])
def test_a_file_that_is_no_notebook(tmp_path, text):
    path = tmp_path / "lesson.ipynb"
    path.write_text(text)
    with pytest.raises(NotebookError, match=r"lesson\.ipynb: not a valid notebook \("):
        notebooks.read(path)


# The command line -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "missing.ipynb"], "missing.ipynb: no such file"),
        (["release", "a99"], "unknown assignment 'a99'; there are solutions for a1"),
    ],
)
def test_the_command_line_says_what_is_wrong(arguments, says, capsys):
    assert commands.main(arguments) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in ("run", "release", "stamp"))])
def test_help(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        commands.main(arguments)
    assert end.value.code == 0
    assert "usage: python -m authoring" in capsys.readouterr().out


def test_check_release_fails_on_drift(small_course, monkeypatch, capsys):
    path = small_course / "assignments" / "a1_layer.ipynb"
    monkeypatch.setattr(commands, "stale", lambda: [path])
    assert commands.main(["check-release"]) == 1
    assert f"{path}: not what its solution generates; run `python course.py release`" in capsys.readouterr().err
    monkeypatch.setattr(commands, "stale", lambda: [])
    assert commands.main(["check-release"]) == 0
