"""Changed bytes of zips and notebooks, for ten seconds; `course.py bench fuzz` tries a hundred thousand."""

import importlib.util
import json
from pathlib import Path

import pytest

from autograder.inbox import choosing, listing, opening

spec = importlib.util.spec_from_file_location("fuzz", Path(__file__).resolve().parents[2] / "benchmarks/fuzz.py")
fuzz = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fuzz)
SEED = 20241001


def test_changed_bytes_cost_nobody_else_anything():
    done, found = fuzz.run(2000, SEED, processes=2, seconds=10, batch=50)
    assert found == [] and done >= 100


@pytest.mark.parametrize("fault", ["a student's fault is everybody's", "an exception gets out"])
def test_the_fuzzer_sees_a_fault(fault, tmp_path, monkeypatch):
    def broken(*arguments):
        if fault.startswith("an"):
            raise RuntimeError("planted")
        return {"problem": "planted"}, b""

    monkeypatch.setattr(listing, "Opener", fuzz.Here)
    monkeypatch.setattr(opening, "respond", broken)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/ann.ipynb").write_bytes(b"ann")
    try:
        wrong = fuzz.try_one("zip", SEED, 1, fuzz.seeds(), tmp_path)
    except RuntimeError as error:
        wrong = str(error)
    assert wrong in ("ann's notebook is lost", "planted")


def test_a_process_that_ends_is_traced_to_its_input(tmp_path, monkeypatch):
    """The child is a stand-in that dies over number 37."""
    script = tmp_path / "dies.py"
    script.write_text(
        "import os, sys\nfor line in sys.stdin:\n    first, last = map(int, line.split())\n"
        "    os._exit(9) if first <= 37 < last else print('[]', flush=True)\n"
    )
    monkeypatch.setattr(fuzz, "__file__", str(script))
    assert fuzz.run(100, SEED, processes=1, batch=50) == (100, [[37, "the process ended (9)"]])


def test_the_inputs_are_zips_and_notebooks_before_they_are_changed():
    sources = fuzz.seeds()
    for number, data in enumerate(sources["zip"]):
        assert data.startswith(b"PK"), number
    for data in sources["notebook"]:
        assert json.loads(data)
    assert choosing.MAX_COMPARED > 2  # so that the content of both notebooks is looked at
