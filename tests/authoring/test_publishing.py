"""The course for students: all that is committed but what is private, and nothing of that anywhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from making import code, course, graded, markdown

from authoring import notebooks, publishing, releasing
from authoring.publishing import PublishError, publish

CHECKS = """def decide_q1(inputs, answers):
    expected = inputs["x"] * 2  # twice, whatever the sign and however large
    return [compare("value", 1, answers["value"], expected)]
"""
ANSWER = """def twice(x):
    ### BEGIN SOLUTION
    doubled = x + x  # an addition costs less than a multiplication does
    return doubled
    ### END SOLUTION
"""
WHY = "An addition costs less than a multiplication does, which is why the answer adds x to itself."


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, text=True).stdout


def commit(folder, message="More."):
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-qm", message)


@pytest.fixture
def committed(tmp_path):
    """A small course in a git clone of its own, with an assignment and its hidden checks."""
    (folder := tmp_path / "course").mkdir()
    why = markdown(WHY, "q1-why", "solution-only")
    course(folder, graded(ANSWER, "a1-q1"), graded("assert twice(2) == 4", "a1-q1-test", test=True), why)
    (folder / "solutions/checks").mkdir()
    (folder / "solutions/checks/a1.py").write_text(CHECKS, encoding="utf-8")
    (folder / ".gitattributes").write_text("/solutions export-ignore\n", encoding="utf-8")
    git(folder, "init", "-q")
    commit(folder)
    return folder


def text_of(folder):
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.*") if path.is_file())


def test_what_is_private_stays_and_the_rest_goes_out(committed, tmp_path):
    (committed / "not_committed.txt").write_text("a draft")
    files = publish(tmp_path / "public", committed)
    assert files == [".gitattributes", "assignments/a1_layer.ipynb", "notebooks/00_start.ipynb", "pyproject.toml"]
    assert sorted(p.relative_to(tmp_path / "public").as_posix() for p in (tmp_path / "public").rglob("*.*")) == files
    text = text_of(tmp_path / "public")
    assert "assert twice(2) == 4" in text
    assert not [secret for secret in ("doubled", "decide_q1", "why the answer adds") if secret in text]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notebooks/check.py", CHECKS),
        ("notes.md", "> " + WHY.replace(" than", "\n> than").replace("> ", "")),
        ("assignments/twice.py", "class Answer:\n" + ANSWER.replace("\n", "\n    ")),
    ],
)
def test_a_copy_of_something_private_is_found_before_anything_is_written(committed, tmp_path, name, content):
    (committed / name).write_text(content, encoding="utf-8")
    commit(committed)
    with pytest.raises(PublishError, match=f"{Path(name).name}: a1"):
        publish(tmp_path / "public", committed)
    assert not (tmp_path / "public").exists()


def test_what_git_should_not_hold_is_not_published(committed, tmp_path):
    (committed / ".gitignore").write_text("/submissions/\n/results/\n", encoding="utf-8")
    commit(committed)
    for name in ("submissions/kim.ipynb", "results/autograder.zip"):
        (committed / name).parent.mkdir()
        (committed / name).write_text("hers", encoding="utf-8")
    assert publish(tmp_path / "ignored", committed)
    git(committed, "add", "-f", "submissions", "results")
    commit(committed)
    with pytest.raises(PublishError, match=r"take them out of git: results/autograder.zip, submissions/kim.ipynb"):
        publish(tmp_path / "public", committed)
    assert not (tmp_path / "public").exists()


def test_answers_do_not_go_out_from_wherever_they_lie(committed, tmp_path):
    (made,) = releasing.answers("a1", root=committed)
    (committed / ".gitignore").write_text("/answers/\n", encoding="utf-8")
    commit(committed)
    assert not [name for name in publish(tmp_path / "ignored", committed) if "answers" in name]
    git(committed, "add", "-f", "answers")
    commit(committed)
    with pytest.raises(PublishError, match=r"take them out of git: answers/a1_layer_answers\.ipynb"):
        publish(tmp_path / "public", committed)
    shutil.move(made, committed / "notebooks/01_answers.ipynb")
    commit(committed)
    with pytest.raises(PublishError, match=r"01_answers\.ipynb: a1_layer\.ipynb, cell q1-why"):
        publish(tmp_path / "public", committed)


def test_a_secret_in_a_notebooks_output_is_found(committed, tmp_path):
    path = committed / "notebooks/00_start.ipynb"
    nb = notebooks.read(path)
    nb.cells.append(code("print(why)", printed=WHY, name="told"))
    notebooks.write(nb, path)
    commit(committed)
    with pytest.raises(PublishError, match="00_start"):
        publish(tmp_path / "public", committed)


def test_an_assignment_that_is_not_what_its_solution_generates(committed, tmp_path):
    path = committed / "assignments/a1_layer.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("== 4", "== 5"), encoding="utf-8")
    commit(committed)
    with pytest.raises(PublishError, match="release"):
        publish(tmp_path / "public", committed)


def test_the_public_repository_is_brought_up_to_date(committed, tmp_path):
    public = tmp_path / "public"
    publish(public, committed)
    git(public, "init", "-q")
    (public / "old.txt").write_text("no longer in the course")
    commit(public)
    (committed / "new.txt").write_text("new in the course")
    commit(committed)
    publish(public, committed)
    assert (public / "new.txt").exists() and not (public / "old.txt").exists() and (public / ".git").exists()


def test_nothing_of_the_instructors_is_overwritten(committed, tmp_path):
    (full := tmp_path / "full").mkdir()
    (full / "mine.txt").write_text("mine")
    cases = {
        full: "is not empty",
        committed: "is the course itself",
        committed / "public": "is the course itself",
        tmp_path: "is the course itself",
    }
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", committed, clone)
    cases[clone] = "history of .* holds the solutions"
    for folder, says in cases.items():
        with pytest.raises(PublishError, match=says):
            publish(folder, committed)
    publish(public := tmp_path / "public", committed)
    git(public, "init", "-q")
    commit(public)
    (public / "mine.txt").write_text("mine")
    with pytest.raises(PublishError, match="not committed"):
        publish(public, committed)
    assert (public / "mine.txt").read_text() == (full / "mine.txt").read_text() == "mine"


def test_only_a_clone_is_published(tmp_path, committed):
    shutil.rmtree(committed / ".git")
    with pytest.raises(PublishError, match="no git clone"):
        publish(tmp_path / "public", committed)


def test_a_private_name_that_is_wrong_is_no_way_out(committed, tmp_path):
    (committed / ".gitattributes").write_text("/solution export-ignore\n", encoding="utf-8")
    commit(committed)
    with pytest.raises(PublishError, match="export-ignore"):
        publish(tmp_path / "public", committed)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """This course as students get it."""
    if not (releasing.ROOT / ".git").exists():
        pytest.skip("no git clone")
    folder = tmp_path_factory.mktemp("published") / "public"
    publish(folder)
    return folder


def test_this_course_is_published_without_what_is_private(published):
    files = {path.relative_to(published).as_posix(): path for path in published.rglob("*") if path.is_file()}
    private = publishing.private(releasing.ROOT)
    assert {"solutions", "autograder", "authoring", "tests/autograder", "tests/authoring", "tests/mutants"} <= {
        *private
    }
    assert {"course.py", "README.md", "notebooks/00_start_here.ipynb"} <= {*files}
    assert not [name for name in files if name.startswith(tuple(private))]
    places = [releasing.ROOT / name for name in private]
    hidden = {path.read_bytes() for place in places for path in [place, *place.rglob("*.*")] if path.is_file()}
    assert not [name for name, path in files.items() if path.read_bytes() in hidden]
    assert not publishing.leaks(published, publishing.secrets(releasing.ROOT))


def test_the_published_course_names_only_what_it_has(published):
    """Its README shows no command of an instructor, its links lead somewhere, its launcher offers what works."""
    for path in published.rglob("*.md"):
        text = re.sub(r"^ {4}.*$|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.M)
        links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
        assert [link for link in links if link and not (path.parent / link).exists()] == [], path.name
    helped = subprocess.run([sys.executable, "course.py", "--help"], cwd=published, capture_output=True, text=True)
    offered = set(re.findall(r"^ {4}(\w+) ", helped.stdout, re.M))
    shown = set(re.findall(r"course\.py (\w+)", (published / "README.md").read_text(encoding="utf-8")))
    assert offered == shown == {"lab", "test"}


def test_the_published_courses_own_tests_can_be_collected(published):
    """They import nothing that stayed behind. CONTRIBUTING.md says how to run them all."""
    here = {**os.environ, "PYTHONPATH": str(published)}
    tests = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(tests, cwd=published, env=here, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
