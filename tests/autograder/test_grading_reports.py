"""Around the grader: records kept. No submission runs here."""

import subprocess
import sys
from pathlib import Path

import pytest
from classroom import handed_in, make_assignment

from autograder import records
from autograder.questions import load_assignment

# Records --------------------------------------------------------------------------------------------------------------


def test_a_file_torn_at_any_byte_loses_only_its_last_line_and_goes_on(tmp_path):
    path = tmp_path / "results.jsonl"
    lines = records.JsonLines(path)
    for value in ({"n": 1, "text": "é\n"}, {"n": 2}):
        lines.append(value)
    whole = path.read_bytes()
    start = whole.index(b"\n") + 1
    for end in range(start, len(whole) + 1):
        path.write_bytes(whole[:end])
        lines.append({"n": 3})
        assert [value["n"] for value in lines.read()] in ([1, 3], [1, 2, 3])
        assert lines.read()[0]["text"] == "é\n"


def test_any_text_can_be_kept(tmp_path):
    lines = records.JsonLines(tmp_path / "results.jsonl")
    text = "é \udcff \u2028 \0 \n \\udcff \U0001f600"
    lines.append({"text": text})
    assert lines.read() == [{"text": text}]


def test_each_line_is_on_the_disk_before_the_next(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(records.os, "fsync", lambda descriptor: synced.append((tmp_path / "r.jsonl").read_bytes()))
    lines = records.JsonLines(tmp_path / "r.jsonl")
    lines.append({"n": 1})
    lines.append({"n": 2})
    assert synced == [b'{"n": 1}\n', b'{"n": 1}\n{"n": 2}\n']


def test_the_last_record_of_a_name_counts_and_nonsense_is_passed_over(tmp_path):
    text = '{"name": "b", "status": "failed"}\n[1]\n"x"\n{"torn": \n{"name": 3}\n{"name": "a", "status": "graded"}\n'
    (tmp_path / "results.jsonl").write_text(text + '{"name": "b", "status": "graded"}\n')
    assert {name: record["status"] for name, record in records.latest(tmp_path).items()} == {
        "a": "graded",
        "b": "graded",
    }
    assert list(records.latest(tmp_path)) == ["a", "b"]


def test_what_a_result_depends_on_changes_its_key(tmp_path, monkeypatch):
    checks = make_assignment(tmp_path)
    digests = set()

    def key(content=b"{}", **options):
        return records.key_of(content, records.assignment_digest(load_assignment(checks / "t1.py"), options))

    digests.add(key())
    assert digests == {key()}
    digests.add(key(b"{} "))
    digests.add(key(seconds=60))
    digests.add(key(seconds=2))
    digests.add(key(sandbox=False))
    (checks / "t1.py").write_text((checks / "t1.py").read_text() + "\n")
    digests.add(key())
    (checks.parent / "t1_tiny.ipynb").write_text(handed_in({"t1-q1": "double = 2 .__mul__"}))
    digests.add(key())
    (checks / "t1_table.csv").write_text("1")
    digests.add(key())
    monkeypatch.setattr(records, "code_version", lambda *files: "another")
    digests.add(key())
    assert len(digests) == 9


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "grades.csv"
    records.write_atomically(path, "old")
    whole = Path.write_bytes

    def crash(path, content):
        whole(path, content[:3])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", crash)
    with pytest.raises(OSError, match="no space"):
        records.write_atomically(path, "newer")
    assert path.read_text() == "old"


def test_two_graders_do_not_share_a_folder(tmp_path):
    hold = "import sys\nfrom autograder.records import locked\n"
    hold += "with locked(sys.argv[1]):\n    print('in', flush=True)\n    input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", hold, tmp_path], stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout.readline() == "in\n"
        with pytest.raises(records.ResultsError, match="another grader works in"), records.locked(tmp_path):
            pass
        other.kill()
    with records.locked(tmp_path):
        pass
