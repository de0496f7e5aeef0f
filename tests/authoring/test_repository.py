"""The repository as a whole: requirements agree, code is formatted, links lead somewhere, the package can be built."""

import functools
import os
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import course_utils
from authoring import releasing

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MADE = {".venv", ".nox", ".git", ".ruff_cache", ".pytest_cache", ".ipynb_checkpoints", "__pycache__", "build"}
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
    "macOS": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
}


@functools.cache
def everything():
    """The repository's own files, without what tools have made."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in MADE and not name.endswith(".egg-info")]
        found += [Path(folder, name) for name in names]
    return sorted(found)


def files(pattern):
    return [path for path in everything() if path.relative_to(ROOT).match(pattern)]


def test_a_newcomer_finds_the_way():
    ours = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    visible = {path.relative_to(ROOT).parts[0] for path in everything()} - ours  # such as results/
    assert len([name for name in visible if not name.startswith(".")]) <= 22
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


def requirements(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


NOT_LOCKED = {"bench"}


PACKAGES = [
    tomllib.loads((ROOT / name).read_text("utf-8"))["project"]
    for name in ("pyproject.toml", "autograder/pyproject.toml")
]


def declared(without=()):
    """What the two packages ask for, with all their extras but these."""
    lists = []
    for project in PACKAGES:
        lists.append(project["dependencies"])
        lists += [texts for extra, texts in project["optional-dependencies"].items() if extra not in without]
    return [Requirement(text) for texts in lists for text in texts]


def pins(system, python):
    """The lock's versions for one system and Python, as pip would choose them."""
    place = {"python_version": python, "python_full_version": f"{python}.9", **SYSTEMS[system]}
    chosen = [pin for pin in requirements("requirements-lock.txt") if not pin.marker or pin.marker.evaluate(place)]
    versions = {canonicalize_name(pin.name): str(next(iter(pin.specifier)).version) for pin in chosen}
    assert len(versions) == len(chosen), "two pins for one package"
    return versions


# Requirements ---------------------------------------------------------------------------------------------------


def test_the_lock_holds_exact_versions_and_no_address():
    lines = (ROOT / "requirements-lock.txt").read_text(encoding="utf-8").splitlines()
    odd = [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[0-9][\w.]*( ; [^/@]+)?", line)]
    assert odd == []


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lock_satisfies_every_direct_requirement(system, python):
    locked = pins(system, python)
    for requirement in [*requirements("requirements.txt"), *declared(without=NOT_LOCKED)]:
        version = locked.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in the lock; make it again (CONTRIBUTING.md)"
        assert requirement.specifier.contains(version), f"the lock has {version}, which is not {requirement}"


def test_the_lock_leaves_out_what_only_a_benchmark_needs():
    needed = {canonicalize_name(requirement.name) for requirement in declared(without=NOT_LOCKED)}
    only = {canonicalize_name(requirement.name) for requirement in declared()} - needed
    assert "torch" in only
    assert only.isdisjoint(canonicalize_name(pin.name) for pin in requirements("requirements-lock.txt"))


def test_the_package_has_lower_bounds_only():
    bounds = [str(bound) for requirement in declared() for bound in requirement.specifier]
    assert [bound for bound in bounds if not bound.startswith(">=")] == []
    assert all(requirement.specifier for requirement in declared())


def test_the_package_accepts_the_oldest_versions_of_a_student():
    oldest = {
        canonicalize_name(requirement.name): bound.version
        for requirement in requirements("requirements.txt")
        for bound in requirement.specifier
        if bound.operator == ">="
    }
    refused = [str(r) for r in declared() if r.name in oldest and not r.specifier.contains(oldest[r.name])]
    assert refused == []


# Style ----------------------------------------------------------------------------------------------------------


def test_text_files_end_with_one_newline():
    texts = [path for kind in ("*.py", "*.md", "*.txt", "*.toml", "*.ipynb") for path in files(kind)]
    assert [path.name for path in texts if not re.search(rb"[^\n]\n\Z|\A\Z", path.read_bytes())] == []


# What the repository says about itself ---------------------------------------------------------------------------


# A translation's links are those of the English notebook; test_translations.py compares them.
TRANSLATED = [*files("translations/*/*_*.md"), *files("translations/*/README.md")]
PAGES = [path for path in files("*.md") if path not in TRANSLATED]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(path):
    text = re.sub(r"^ {4}.*$|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.M)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert [target for target in targets if target and not (path.parent / unquote(target)).exists()] == []


def test_the_repositorys_name_stands_once():
    """Elsewhere it is stamped: in notebooks by `course.py stamp`, in README.md by hand (next test)."""
    slug = PROJECT["tool"]["course"]["repository"]
    kinds = ("*.py", "*.md", "*.toml", "*.cff", "*.txt", "run")
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for kind in kinds for path in files(kind)
    }
    found = {name: text.count(slug) for name, text in texts.items() if slug in text}
    assert {name: count for name, count in found.items() if not re.fullmatch(r"README(\.\w+)?\.md", name)} == {
        "pyproject.toml": 1
    }


def test_the_readmes_badges_open_the_notebooks_of_this_repository():
    settings = PROJECT["tool"]["course"]
    names = [path.relative_to(ROOT) for folder in ("notebooks", "assignments") for path in files(f"{folder}/*.ipynb")]
    assert names
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    addresses = {releasing.COLAB.format(**settings) + path.as_posix() for path in names}
    assert set(re.findall(r"\[!\[Open in Colab\]\(\S+\)\]\((\S+)\)", readme)) == addresses


def test_the_readmes_table_is_up_to_date():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert releasing.TABLE.search(readme)[0] == releasing.contents(), "run `python course.py stamp`"


def test_the_version_is_the_same_everywhere():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", citation, re.M).group(1) == course_utils.__version__
