"""The sandbox on other machines (worlds.py): what it says of its layers, and that its limits hold with each of them."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import worlds

from autograder.sandbox import forkserver

pytestmark = pytest.mark.skipif(not forkserver.LINUX, reason="the sandbox needs Linux")
REFUSED = {"no Landlock": "Landlock", "no seccomp": "seccomp"}
WITHOUT = {
    "no control group": {"control group"},
    "no namespaces": {"process namespace", "network namespace"},
    "neither namespaces nor control groups": {"process namespace", "network namespace", "control group"},
}
ENDED = {"memory": "memory", "threads": "threads", "time": "time", "disk": "disk", "files": "disk"}


@pytest.mark.parametrize("world", worlds.WORLDS)
def test_limits_hold_and_layers_are_told(world):
    command = [sys.executable, worlds.__file__, world]
    path = os.pathsep.join([str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o1777)
        environment = os.environ | {"PYTHONPATH": path, "TMPDIR": folder}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    if "skipped" in told:
        pytest.skip(told["skipped"])
    if world in REFUSED:
        assert REFUSED[world] in told["refused"] and "--no-sandbox" in told["refused"]
        return
    assert "refused" not in told, told
    assert {"seccomp", "limits"} < set(told["layers"]) and any("Landlock" in layer for layer in told["layers"])
    assert not WITHOUT.get(world, set()).intersection(told["layers"])
    processes = told["tried"].pop("processes")
    assert "PermissionError" in processes
    assert told["tried"] == ENDED
    assert told["left"] == 0 and told["files"] == []
