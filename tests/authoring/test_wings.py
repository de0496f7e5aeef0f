"""The three wings: who may import whom, and what a student's install holds."""

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WINGS = ("course_utils", "autograder", "authoring")
MAY_IMPORT = {"course_utils": set(), "autograder": set(), "authoring": {"course_utils", "autograder"}}
# Inside course_utils arrows go down only: these know Keras and nothing of our models.
KNOW_NO_MODELS = ("cost", "training", "figures", "checks")


def imported(path, package):
    """Absolute names of the modules that a file imports, wherever in it; `package` is the file's own."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return names


def imports_of(folder):
    """{file: what it imports} of a package."""
    files = sorted((ROOT / folder).rglob("*.py"))
    return {path: imported(path, ".".join(path.relative_to(ROOT).parent.parts)) for path in files}


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_imports_only_what_lies_below_it(wing):
    forbidden = set(WINGS) - {wing} - MAY_IMPORT[wing]
    found = {
        path.relative_to(ROOT).as_posix(): names
        for path, imports in imports_of(wing).items()
        if (names := {name for name in imports if name.split(".")[0] in forbidden})
    }
    assert imports_of(wing) and not found


@pytest.mark.parametrize("room", KNOW_NO_MODELS)
def test_what_works_on_any_keras_model_knows_none_of_ours(room):
    ours = ("course_utils.models", "course_utils.blocks")
    found = {path.name: names for path, names in imports_of(f"course_utils/{room}").items() if names & set(ours)}
    assert not found


def test_the_sandbox_imports_nothing_of_the_grader():
    found = {
        path.name: sorted(names)
        for path, imports in imports_of("autograder/sandbox").items()
        if (names := {n for n in imports if n.startswith("autograder") and not n.startswith("autograder.sandbox")})
    }
    assert not found


def test_no_file_of_a_students_package_is_long():
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "course_utils").rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > 250} == {}
    assert sum(lengths.values()) <= 6000


@pytest.mark.parametrize(("folder", "package"), [(".", "course_utils"), ("autograder", "autograder")])
def test_each_build_holds_its_wing_and_nothing_else(folder, package, tmp_path):
    skip = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info")
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=skip)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "."]
    made = subprocess.run([*build, "-w", str(tmp_path)], cwd=source / folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*") if path.is_file()}
    ours = {name for name in there if "__pycache__" not in name and ".egg-info" not in name and "build/" not in name}
    if package == "autograder":
        ours = {name for name in ours if name.endswith((".py", ".mo")) or "/templates/" in name}
    assert packed == ours
