"""Around the grader: submissions found, and records kept. No submission runs here."""

import contextlib
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from classroom import handed_in, make_assignment

from autograder import inbox, records
from autograder.questions import load_assignment

NOTEBOOK = "a1_one_by_one_convolution.ipynb"


def find(*paths):
    return inbox.find(paths, NOTEBOOK, "a1")


def names(*paths):
    return [submission.name for submission in find(*paths)[0]]


def put(folder, *paths, content="{}"):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    return folder


def pack(path, members) -> Path:
    """A zip file with these members, {name: text or bytes} or pairs of them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, content)
    return path


# Which submissions there are ------------------------------------------------------------------------------------------


def test_files_folders_and_student_zips_are_named_by_their_path(tmp_path):
    put(tmp_path, "kim.ipynb", "lee/a1.ipynb", "sam/deep/down/work.ipynb", "Zoë O'Hara.ipynb")
    pack(tmp_path / "ann.zip", {"whatever/a1.ipynb": "{}"})
    assert names(tmp_path) == ["Zoë O'Hara", "ann", "kim", "lee", "sam"]


def test_a_single_notebook_can_be_named(tmp_path):
    put(tmp_path, "kim.ipynb", content="mine")
    ((kim,), _) = find(tmp_path / "kim.ipynb")
    assert (kim.name, kim.read()) == ("kim", b"mine")


def test_what_programs_leave_behind_is_no_submission(tmp_path):
    put(tmp_path, "kim/a1.ipynb", "kim/.ipynb_checkpoints/a1-checkpoint.ipynb", ".DS_Store", "__MACOSX/._kim.ipynb")
    found, remarks = find(tmp_path)
    assert ([submission.name for submission in found], remarks) == (["kim"], [])


CANVAS = {"leekim_123_456_a1.ipynb": "one", "moesam_LATE_124_457_a1-2.ipynb": "two"}
MOODLE = {
    "Kim Lee_4711_assignsubmission_file_/a1.ipynb": "one",
    "Sam Moe_4712_assignsubmission_file_/a1.ipynb": "two",
}


@pytest.mark.parametrize("members", [CANVAS, MOODLE], ids=["Canvas", "Moodle"])
@pytest.mark.parametrize("unpacked", [False, True])
def test_downloads_of_learning_platforms_are_read_as_they_are(members, unpacked, tmp_path):
    path = pack(tmp_path / "submissions.zip", members)
    if unpacked:
        path = tmp_path / "unpacked"
        for name, content in members.items():
            put(path, name, content=content)
    found, _ = find(path)
    expected = ["leekim_123", "moesam_124"] if members is CANVAS else ["Kim Lee_4711", "Sam Moe_4712"]
    assert [submission.name for submission in found] == expected
    assert [submission.read() for submission in found] == [b"one", b"two"]
    assert [submission.canvas_id for submission in found] == (["123", "124"] if members is CANVAS else ["", ""])


def test_a_platforms_download_may_lie_in_the_folder_and_hold_the_students_own_zips(tmp_path):
    own = io.BytesIO()
    pack(own, {"work/a1.ipynb": "mine"})
    pack(tmp_path / "download.zip", [("leekim_123_456_work.zip", own.getvalue()), ("moesam_5_6_a1.ipynb", "{}")])
    found, _ = find(tmp_path)
    assert [(s.name, s.canvas_id) for s in found] == [("leekim_123", "123"), ("moesam_5", "5")]
    assert found[0].read() == b"mine"


def test_a_zip_of_a_folder_is_looked_into(tmp_path):
    path = pack(tmp_path / "inbox.zip", {"inbox/kim.ipynb": "{}", "inbox/lee/a1.ipynb": "{}"})
    assert names(path) == ["kim", "lee"]


def test_of_several_notebooks_the_one_that_was_handed_out_counts_and_that_is_said(tmp_path):
    put(
        tmp_path,
        "kim/scratch.ipynb",
        f"kim/{NOTEBOOK.replace('.ipynb', ' (1).ipynb')}",
        "lee/my_a1.ipynb",
        "lee/z.ipynb",
    )
    found, remarks = find(tmp_path)
    assert [Path(submission.source).name for submission in found] == [NOTEBOOK[:-6] + " (1).ipynb", "my_a1.ipynb"]
    assert len(remarks) == 2 and "kim: 2 notebooks" in remarks[0]


def test_of_several_alike_the_one_changed_last_counts(tmp_path):
    put(tmp_path, "kim/a1_old.ipynb", "kim/a1_new.ipynb")
    os.utime(tmp_path / "kim/a1_old.ipynb", (1, 1))
    ((kim,), _) = find(tmp_path)
    assert Path(kim.source).name == "a1_new.ipynb"


def test_a_file_and_a_folder_of_one_name_are_one_students(tmp_path):
    put(tmp_path, "kim.ipynb", "kim/a1.ipynb", "kim.pdf")
    found, remarks = find(tmp_path)
    assert [(s.name, Path(s.source).name) for s in found] == [("kim", "a1.ipynb")]
    assert len(remarks) == 1 and "kim: 2 notebooks" in remarks[0]


def test_a_student_without_a_notebook_is_named(tmp_path):
    put(tmp_path, "kim/a1.pdf", "leekim_1_2_a1.docx", "README.txt")
    found, remarks = find(tmp_path)
    assert {s.name: s.problem.split(",")[0] for s in found} == dict.fromkeys(
        ("kim", "leekim_1"), "there is no notebook"
    )
    assert len(remarks) == 1 and "README.txt" in remarks[0]


def test_paths_that_are_missing_or_broken_are_named(tmp_path):
    with pytest.raises(inbox.InboxError, match="no such file"):
        find(tmp_path / "absent")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(inbox.InboxError, match=r"broken\.zip: it is not a zip file"):
        find(tmp_path / "broken.zip")
    ((only,), _) = find(tmp_path)  # found in a folder, it is one student's
    assert only.name == "broken" and "not a zip file" in only.problem


# Submissions that mean harm -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slip", ["../../evil.ipynb", "/etc/evil.ipynb", "a/../../evil.ipynb", "C:\\evil.ipynb"])
def test_members_that_point_out_of_a_zip_are_left_out_and_named(slip, tmp_path):
    (tmp_path / "in").mkdir()
    path = pack(tmp_path / "in/class.zip", {slip: "{}", "kim.ipynb": "{}"})
    found, remarks = find(path)
    assert [submission.name for submission in found] == ["kim"]
    assert len(remarks) == 1 and "points out of the zip" in remarks[0]
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("nested", [False, True])
def test_a_member_that_grows_without_end_is_refused(nested, tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "MAX_NOTEBOOK", 10**6)
    monkeypatch.setattr(inbox, "MAX_ZIP", 10**6)
    path = pack(tmp_path / "class.zip", {"kim.ipynb": b"0" * 5_000_000, "lee.ipynb": "{}"})
    if nested:
        path = pack(tmp_path / "outer.zip", {"kim.zip": b"\0" * 5_000_000, "lee.ipynb": "{}"})
    found = {submission.name: submission for submission in find(path)[0]}
    assert found["lee"].read() == b"{}"
    with pytest.raises(inbox.UnreadableFileError, match="larger than"):
        raise inbox.UnreadableFileError(found["kim"].problem) if found["kim"].problem else found["kim"].read()


def test_a_zip_that_lies_about_a_size_is_still_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "MAX_NOTEBOOK", 10**6)
    path = pack(tmp_path / "class.zip", {"kim.ipynb": b"0" * 5_000_000})
    content = path.read_bytes().replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(content)
    ((kim,), _) = find(path)
    with contextlib.suppress(inbox.UnreadableFileError):
        assert len(kim.read()) <= 10**6


def test_zips_in_zips_end_at_the_second(tmp_path):
    inner = io.BytesIO()
    pack(inner, {"a1.ipynb": "{}"})
    for _ in range(3):
        outer = io.BytesIO()
        pack(outer, {"next.zip": inner.getvalue()})
        inner = outer
    path = tmp_path / "class.zip"
    path.write_bytes(inner.getvalue())
    found, _ = find(path)
    assert found and all(submission.read is None or submission.problem for submission in found)


def test_too_many_members_and_members_of_one_name(tmp_path, monkeypatch):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = pack(tmp_path / "class.zip", [("kim.ipynb", "first"), ("kim.ipynb", "second")])
    ((kim,), remarks) = find(path)
    assert kim.read() == b"second" and "twice" in remarks[0]
    monkeypatch.setattr(inbox, "MAX_MEMBERS", 1)
    with pytest.raises(inbox.InboxError, match="2 files, and the limit is 1"):
        find(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_links_and_pipes_are_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text("secret")
    put(tmp_path / "in", "kim.ipynb")
    (tmp_path / "in/lee.ipynb").symlink_to(secret)
    (tmp_path / "in/sam").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "in/pipe.ipynb")
    found, remarks = find(tmp_path / "in")
    assert {s.name: s.problem for s in found if s.problem} == dict.fromkeys(
        ("lee", "pipe"), "it is a link or a device, not a file"
    )
    assert "sam" not in [s.name for s in found] and "since it is a link" in remarks[0]


def test_a_file_that_becomes_a_link_before_it_is_read_is_not_followed(tmp_path):
    put(tmp_path, "in/kim.ipynb", "secret")
    ((kim,), _) = find(tmp_path / "in")
    (tmp_path / "in/kim.ipynb").unlink()
    (tmp_path / "in/kim.ipynb").symlink_to(tmp_path / "secret")
    with pytest.raises(inbox.UnreadableFileError, match="cannot be opened"):
        kim.read()


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../up", "a/b", "a\\b", "=1+1", "+x", "-x", "@x", "con", "NUL.txt", " . "),
        *("x" * 500, "é" * 200, "😀" * 90, "\0\x1b[2J", "\u202egpj", "<script>", "\udcff"),
    ],
)
def test_names_become_safe_and_stay_safe(name):
    safe = inbox.safe_name(name)
    assert safe and len(safe.encode()) <= inbox.MAX_NAME
    assert not re.search(r'[/\\:*?"<>|\x00-\x1f\u202e]', safe)
    assert safe[0] not in "=+-@. " and safe.lower() not in ("con", "nul.txt")
    assert inbox.safe_name(safe) == safe


def test_names_that_a_file_system_would_take_for_one_stay_apart(tmp_path):
    path = pack(
        tmp_path / "class.zip", {"Kim.ipynb": "a", "kim.ipynb": "b", "k\u0131m.ipynb": "c", "kim\u200b.ipynb": "d"}
    )
    found, _ = find(path)
    assert len({submission.name.casefold() for submission in found}) == len(found) == 4
    assert sorted(submission.read() for submission in found) == [b"a", b"b", b"c", b"d"]


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
