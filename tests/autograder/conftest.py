"""What several files here look at."""

import importlib.util
from pathlib import Path

import pytest

CHECKS = Path(__file__).resolve().parents[2] / "solutions" / "checks"


@pytest.fixture(scope="session")
def a6():
    """The module of a6's hidden checks."""
    spec = importlib.util.spec_from_file_location("checks_of_a6", CHECKS / "a6.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
