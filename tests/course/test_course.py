"""The launcher's decisions: what it installs and when, what it says, what it starts. Nothing here needs a network."""

import ast
import importlib.util
import json
import os
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[2] / "course.py"


@pytest.fixture
def house(tmp_path, monkeypatch):
    """The launcher in a folder with spaces and an umlaut, an imagined Python in .venv; `house.log`: what was made."""
    root = tmp_path / "Küche und Kurs"
    root.mkdir()
    shutil.copy(COURSE, root)
    for name in ("requirements.txt", "requirements-lock.txt", "pyproject.toml"):
        (root / name).write_text("", encoding="utf-8")
    for name in ("notebooks", "tests", "authoring", "autograder", "benchmarks"):
        (root / name).mkdir()
    spec = importlib.util.spec_from_file_location("launcher", root / "course.py")
    launcher = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(launcher)
    launcher.log = []

    def place():
        return {"folder": str(launcher.ROOT), "python": "3.12" if launcher.VENV.exists() else None}

    def make_venv():
        launcher.log.append("venv")
        launcher.VENV.mkdir(exist_ok=True)
        launcher.STAMP.unlink(missing_ok=True)

    def pip_install(arguments):
        launcher.log.append(arguments[-1])
        launcher.LOG.write_text("Installing collected packages: a, b\n", encoding="utf-8")
        return True

    monkeypatch.setattr(launcher, "place", place)
    monkeypatch.setattr(launcher, "make_venv", make_venv)
    monkeypatch.setattr(launcher, "pip_install", pip_install)
    return launcher


def prepared(house, packages):
    """What `prepare` did."""
    house.log.clear()
    house.prepare(packages)
    return list(house.log)


# Which Python ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 13), (3, 14, 0)])
def test_another_python_is_told_which_to_use(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(COURSE), run_name="__main__")
    assert f"this is Python {version[0]}.{version[1]}" in str(stop.value)
    assert "3.11, 3.12 or 3.13" in str(stop.value)


def test_old_pythons_can_read_the_file():
    source = COURSE.read_bytes()
    assert source.isascii()  # Python 2 wants a coding line otherwise
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.Nonlocal, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source, feature_version=(3, 7))):
        assert not isinstance(node, newer), f"line {node.lineno} is too new"
        if isinstance(node, ast.arguments):
            assert not node.kwonlyargs
            assert not node.posonlyargs


# What is installed, and when ------------------------------------------------------------------------------------


def test_the_second_run_installs_nothing(house):
    assert prepared(house, "student") == ["venv", "requirements-lock.txt", "."]
    assert prepared(house, "student") == []


def test_tests_need_more_than_the_lab_and_not_the_reverse(house):
    prepared(house, "student")
    assert prepared(house, "all") == ["requirements-lock.txt", "./autograder"]
    assert prepared(house, "student") == []
    assert prepared(house, "all") == []


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-lock.txt", "pyproject.toml", "autograder/pyproject.toml"]
)
def test_a_changed_requirement_is_installed(house, name):
    prepared(house, "all")
    (house.ROOT / name).write_text("numpy>=2", encoding="utf-8")
    assert prepared(house, "all") == ["requirements-lock.txt", "./autograder"]


def test_a_folder_that_was_moved_is_set_up_anew(house):
    prepared(house, "all")
    old = json.loads(house.STAMP.read_text(encoding="utf-8"))
    house.STAMP.write_text(json.dumps(dict(old, folder="elsewhere")), encoding="utf-8")
    assert prepared(house, "all") == ["venv", "requirements-lock.txt", "./autograder"]


def test_another_python_in_the_environment_is_set_up_anew(house, monkeypatch):
    prepared(house, "all")
    monkeypatch.setattr(house, "place", lambda: {"folder": str(house.ROOT), "python": "3.13"})
    assert prepared(house, "all")[0] == "venv"


def test_an_environment_made_by_hand_is_kept_and_completed(house):
    house.VENV.mkdir()
    assert prepared(house, "all") == ["requirements-lock.txt", "./autograder"]


def test_an_interrupted_installation_is_done_again_from_the_start(house, monkeypatch):
    prepared(house, "student")
    with monkeypatch.context() as patch:
        patch.setattr(house, "pip_install", interrupt)
        with pytest.raises(KeyboardInterrupt):
            house.prepare("all")
    assert prepared(house, "student") == ["venv", "requirements-lock.txt", "."]


def interrupt(_):
    raise KeyboardInterrupt


def test_a_download_that_fails_leaves_a_working_environment_alone(house, monkeypatch):
    prepared(house, "student")

    def fail(_):
        house.LOG.write_text("WARNING: Retrying after connection broken\nERROR: No matching distribution for x\n")
        return False

    with monkeypatch.context() as patch:
        patch.setattr(house, "pip_install", fail)
        with pytest.raises(SystemExit, match="no network"):
            house.prepare("all")
    assert prepared(house, "student") == []
    assert prepared(house, "all") == ["requirements-lock.txt", "./autograder"]


def test_an_installation_that_fails_half_way_is_done_again_from_the_start(house, monkeypatch):
    prepared(house, "student")

    def fail(_):
        house.LOG.write_text("Installing collected packages: a\nERROR: [Errno 28] No space left on device\n")
        return False

    with monkeypatch.context() as patch:
        patch.setattr(house, "pip_install", fail)
        with pytest.raises(SystemExit, match="disk is full"):
            house.prepare("all")
    assert prepared(house, "student")[0] == "venv"


# What it says ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("log", "advice"),
    [
        ("WARNING: Retrying (Retry(total=4)) after connection broken\nERROR: No matching distribution", "no network"),
        ("ERROR: No matching distribution found for tensorflow==2.21.0", "use Colab"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory: 'C:", "short name"),
        ("Collecting async-timeout\nERROR: something nobody has seen", "delete the folder .venv"),
    ],
)
def test_advice_fits_what_pip_complained_of(house, log, advice):
    text = house.explain(log)
    assert advice in text.splitlines()[-1]
    assert log.splitlines()[-1] in text
    assert str(house.LOG) in text


def test_progress_names_what_is_fetched_then_counts(house):
    assert house.progress("", 0) == "starting"
    log = "Collecting keras==3.15.1 (from -r x (line 1))\nDownloading tensorflow-2.21.0-x.whl (572.4 MB)\n"
    assert house.progress(log, 0) == "fetching tensorflow-2.21.0-x.whl (572.4 MB)"
    assert house.progress(log + "Installing collected packages: a, b, c\n", 2) == "installed 2 of 3 packages"


def fresh_launcher():
    spec = importlib.util.spec_from_file_location("fresh_launcher", COURSE)
    launcher = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(launcher)
    return launcher


def test_too_little_disk_is_said_before_anything_is_made(monkeypatch, tmp_path):
    launcher = fresh_launcher()
    monkeypatch.setattr(launcher, "VENV", tmp_path / "venv")
    monkeypatch.setattr(launcher.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9e9, 8e9, 1e9))
    with pytest.raises(SystemExit, match=r"4 GB of disk, but only 1\.0 GB"):
        launcher.make_venv()
    assert not launcher.VENV.exists()


def test_what_is_no_environment_has_no_python(monkeypatch, tmp_path):
    launcher = fresh_launcher()
    monkeypatch.setattr(launcher, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(launcher, "PYTHON", sys.executable)
    assert launcher.place()["python"] is None  # pip would change that Python
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("", encoding="utf-8")
    assert launcher.place()["python"] == "{}.{}".format(*sys.version_info)


def test_an_environment_behind_a_link_is_left_as_it_is(monkeypatch, tmp_path):
    launcher = fresh_launcher()
    theirs, link = tmp_path / "theirs", tmp_path / ".venv"
    theirs.mkdir()
    (theirs / "kept").write_text("", encoding="utf-8")
    link.symlink_to(theirs)
    monkeypatch.setattr(launcher, "VENV", link)
    launcher.make_venv()
    assert (theirs / "kept").is_file()
    assert (link / "pyvenv.cfg").is_file()
    assert not link.is_symlink()


def test_a_python_without_venv_is_told_how_to_get_it(monkeypatch, tmp_path):
    launcher = fresh_launcher()
    monkeypatch.setattr(launcher, "VENV", tmp_path / "venv")
    failed = subprocess.CompletedProcess([], 1, "ensurepip is not available", "")
    monkeypatch.setattr(launcher.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SystemExit, match=r"(?s)ensurepip is not available.*sudo apt install python3\.\d+-venv"):
        launcher.make_venv()


@pytest.mark.parametrize("command", ["", "lab", "test", "run", "release", "grade", "bench", "stamp"])
def test_every_command_has_help_that_sets_nothing_up(house, command):
    words = [*command.split(), "--help"]
    asked = subprocess.run([sys.executable, "course.py", *words], cwd=house.ROOT, capture_output=True, text=True)
    assert asked.returncode == 0
    assert f"course.py {command}".strip() in asked.stdout
    about = house.COMMANDS[command][1] if command else "Set up the course"
    assert " ".join(about.split()[:3]) in " ".join(asked.stdout.split())
    assert not house.VENV.exists()


def test_a_real_pip_that_finds_nothing_ends_in_advice(house):
    (house.ROOT / "requirements.txt").write_text("a-package-that-nobody-made==1\n", encoding="utf-8")
    env = dict(os.environ, PIP_NO_INDEX="1", PIP_FIND_LINKS="", PYTHONPATH="/nowhere", PIP_TARGET="/nowhere")
    lab = [sys.executable, "course.py", "lab", "--no-browser"]
    run = subprocess.run(lab, cwd=house.ROOT, env=env, capture_output=True, text=True)
    assert run.returncode == 1
    assert "Making the environment .venv" in run.stdout
    assert "No matching distribution found for a-package-that-nobody-made==1" in run.stderr
    assert json.loads(house.STAMP.read_text(encoding="utf-8")) == {"unfinished": True}


# What it starts -------------------------------------------------------------------------------------------------


@pytest.fixture
def started(house, monkeypatch):
    """Call the launcher with a command line; returns which packages it wanted and what it handed over to."""

    def start(*words):
        calls = []
        monkeypatch.setattr(sys, "argv", ["course.py", *words])
        monkeypatch.setattr(house, "prepare", calls.append)
        monkeypatch.setattr(house, "hand_over", lambda *given: calls.extend(given))
        monkeypatch.chdir(house.ROOT)
        house.main()
        return calls

    return start


def test_lab_opens_the_first_notebook_without_news_and_passes_options_on(house, started):
    packages, command = started("lab", "--no-browser", "--port", "9000")
    assert packages == "student"
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in command
    assert command[-3:] == ["--no-browser", "--port", "9000"]
    settings = json.loads((house.VENV / "share/jupyter/lab/settings/overrides.json").read_text(encoding="utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false", "checkForUpdates": False}


def test_test_passes_options_and_paths_on(house, started):
    packages, command = started("test", "-k", "stamp and not moved", "-x", "course.py")
    assert packages == "all"
    assert command[-4:] == ["-k", "stamp and not moved", "-x", str(house.ROOT / "course.py")]
    assert "--nbval" in command and not {"tests", "notebooks", "solutions"} & set(command)


def test_without_paths_everything_is_tested_but_the_releases():
    """Every file of tests, every notebook, whichever folders a copy has."""
    root = Path(__file__).parents[2]
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    tested = [root / path for path in settings["tool"]["pytest"]["ini_options"]["testpaths"]]
    files = [*root.glob("tests/**/test_*.py"), *root.glob("notebooks/*.ipynb"), *root.glob("solutions/*.ipynb")]
    assert [file for file in files if not set(tested) & set(file.parents)] == []
    assert not set(tested) & {root / "assignments", root}


@pytest.mark.parametrize("words", [["-k", "notebooks"], ["-m", "notebooks"], ["-x", "-k", "notebooks", "-q"]])
def test_a_word_that_selects_tests_is_no_path_though_a_folder_bears_its_name(house, started, words):
    assert started("test", *words)[1][-len(words) :] == words


def test_authors_commands_go_to_the_authoring_module(house, started):
    assert started("run", "course.py")[1] == ["-m", "authoring", "run", str(house.ROOT / "course.py")]
    assert started("release", "a1")[1] == ["-m", "authoring", "release", "a1"]
    assert started("stamp") == ["all", ["-m", "authoring", "stamp"]]
    assert started("publish", "new")[1] == ["-m", "authoring", "publish", str(house.ROOT / "new")]
    assert started("bench", "experiments", "x")[1] == ["-m", "authoring", "experiments", "x"]


def test_only_commands_that_work_are_named(house, started, capsys):
    """A copy for students has neither `authoring` nor `autograder` nor benchmarks."""
    for folder in ("authoring", "autograder", "benchmarks"):
        (house.ROOT / folder).rmdir()
    for word in ("publish", "grade", "bench", "run"):
        with pytest.raises(SystemExit):
            started(word)
        assert f"invalid choice: '{word}' (choose from" in capsys.readouterr().err
    assert started("lab")[0] == "student"


def test_grade_goes_to_the_grader_where_the_caller_stands(house, started):
    """RESULTS is made by the grader, so it is no path yet that could be made absolute; a1 may be a folder as well."""
    (house.ROOT / "a1").mkdir()
    packages, command, folder = started("grade", "a1", "inbox", "--out", "results", "--workers", "2")
    assert packages == "all"
    assert command == ["-P", "-m", "autograder", "grade", "a1", "inbox", "--out", "results", "--workers", "2"]
    assert Path(folder).resolve() == house.ROOT.resolve()


def test_bench_runs_a_benchmark_by_name_and_names_them(house, started):
    file = house.ROOT / "benchmarks" / "speed.py"
    file.touch()
    assert started("bench", "speed", "--quick") == ["all", [str(file), "--quick"]]
    for words in (["bench"], ["bench", "sped"]):
        with pytest.raises(SystemExit, match="Name one of the benchmarks: experiments, speed"):
            started(*words)


def test_an_unknown_command_is_refused(house, started, capsys):
    with pytest.raises(SystemExit):
        started("laboratory")
    assert "invalid choice: 'laboratory'" in capsys.readouterr().err


def test_other_environments_are_ignored(house, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/another")
    monkeypatch.setenv("PIP_USER", "1")
    env = house.environment()
    assert "PYTHONPATH" not in env
    assert env["VIRTUAL_ENV"] == str(house.VENV)
    assert env["PATH"].startswith(str(house.BIN))
    assert (env["PYTHONNOUSERSITE"], env["PIP_USER"], env["JUPYTER_PREFER_ENV_PATH"]) == ("1", "0", "1")


def test_the_exit_code_is_that_of_what_was_started(house):
    script = f"import sys, course; course.PYTHON = {sys.executable!r}; course.hand_over(['-c', 'raise SystemExit(7)'])"
    assert subprocess.run([sys.executable, "-c", script], cwd=house.ROOT).returncode == 7
