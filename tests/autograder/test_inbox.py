"""The inbox: each learning platform's download gives one row a student; strangers' files are opened with limits."""

import io
import json
import os
import unicodedata
import warnings
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder import inbox
from autograder.inbox import choosing, listing, names, opening
from autograder.sandbox import forkserver

NOTEBOOK = "a1_one_by_one_convolution.ipynb"


def find(*paths, answers=()):
    return inbox.find(paths, NOTEBOOK, "a1", answers)


def rows(*paths):
    return [submission.name for submission in find(*paths)[0]]


def contents(found) -> dict[str, str]:
    """{name: what is graded, or "!" and why nothing is}."""
    return {each.name: each.read().decode() if each.read else f"! {each.problem}" for each in found}


def put(folder, files) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def pack(path, members) -> Path:
    """A zip file with these members, {name: text or bytes} or pairs of them."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # of two members with one name
        for name, content in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, content)
    return path


def packed(members) -> bytes:
    target = io.BytesIO()
    pack(target, members)
    return target.getvalue()


def notebook(*sources) -> str:
    return nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources]))


# Downloads ------------------------------------------------------------------------------------------------------------

METADATA = """---
submission_11:
  :submitters:
  - :name: Kim Lee
    :sid: '4711'
    :email: kim@example.org
  :created_at: 2024-10-01 12:30:00.000000000 Z
  :results:
    output: |-
      submission_12:
        :submitters:
        - :name: Kim Lee
submission_12:
  :submitters:
  - :sid: '4712'
    :email: sam@example.org
    :name: "Sam \\"S\\" Moe"
  - :name: Zoe Ito
    :sid:
"""
BLACKBOARD_TEXT = "Name: Kim Lee (kim)\nThere are no student comments for this assignment."
# {form: ({path in the download: content}, {row: (number that the platform gives, what is graded)})}; "!": nothing is.
FORMS = {
    "Canvas": (
        {"leekim_123_456_a1.ipynb": "kim", "moesam_LATE_124_457_a1-2.ipynb": "sam", "itozoe_125_text.html": "words"},
        {"leekim_123": ("123", "kim"), "moesam_124": ("124", "sam"), "itozoe_125": ("125", "!")},
    ),
    "Canvas, several files": (
        {"leekim_123_456_scratch.ipynb": "no", f"leekim_123_457_{NOTEBOOK}": "kim", "moesam_5_6_2_a1.ipynb": "sam"},
        {"leekim_123": ("123", "kim"), "moesam_5": ("5", "sam")},
    ),
    "Canvas, groups": (
        {"team_1_123_900_a1.ipynb": "kim", "team_2_124_901_a1.ipynb": "sam", "blue_LATE_125_902_a1.ipynb": "zoe"},
        {"team_1_123": ("123", "kim"), "team_2_124": ("124", "sam"), "blue_125": ("125", "zoe")},
    ),
    "Canvas, anonymous": (
        {"anon_Xy12z_458_a1.ipynb": "one", "LATE_anon_Ab34c_459_a1.ipynb": "two"},
        {"anon_Xy12z": ("Xy12z", "one"), "anon_Ab34c": ("Ab34c", "two")},
    ),
    "Moodle 3": (
        {
            "Kim Lee_4711_assignsubmission_file_/a1.ipynb": "kim",
            "Kim Lee_4711_assignsubmission_onlinetext_/onlinetext.html": "words",
            "Sam Moe_4712_assignsubmission_onlinetext_/onlinetext.html": "words",
        },
        {"Kim Lee_4711": ("4711", "kim"), "Sam Moe_4712": ("4712", "!")},
    ),
    "Moodle 4": (
        {
            "Kim Lee_4711_assignsubmission_file/work/a1.ipynb": "kim",
            "Kim Lee_4711_assignsubmission_onlinetext/onlinetext.html": "words",
            "Kim Lee_4712_assignsubmission_file/a1.ipynb": "another of this name",
        },
        {"Kim Lee_4711": ("4711", "kim"), "Kim Lee_4712": ("4712", "another of this name")},
    ),
    "Moodle, flat": (
        {
            "Kim Lee_4711_assignsubmission_file_a1.ipynb": "kim",
            "Kim Lee_4711_assignsubmission_onlinetext_onlinetext.html": "words",
            "Sam Moe_4712_assignsubmission_file_Sam_a1.ipynb": "sam",
        },
        {"Kim Lee_4711": ("4711", "kim"), "Sam Moe_4712": ("4712", "sam")},
    ),
    "Moodle, groups": (
        {
            "Team A_12_assignsubmission_file/a1.ipynb": "a",
            "Team B_13_assignsubmission_file/a1.ipynb": "b",
            "Default group_assignsubmission_file/a1.ipynb": "rest",
        },
        {"Team A_12": ("12", "a"), "Team B_13": ("13", "b"), "Default group": ("", "rest")},
    ),
    "Moodle 3, groups and anonymous": (
        {
            "Team A-Kim Lee_4711_assignsubmission_file_/a1.ipynb": "a",
            "Participant_31_assignsubmission_file_/a1.ipynb": "b",
        },
        {"Team A-Kim Lee_4711": ("4711", "a"), "Participant_31": ("31", "b")},
    ),
    "Blackboard": (
        {
            "HW_1_kim_attempt_2024-10-03-09-00-00_a1.ipynb": "later",
            "HW_1_kim_attempt_2024-10-01-12-30-00_a1.ipynb": "earlier",
            "HW_1_kim_attempt_2024-10-03-09-00-00.txt": BLACKBOARD_TEXT,
            "HW_1_sam_m_attempt_2024-10-02-09-00-00_x_attempt_2099-01-01-00-00-00_a1.ipynb": "sam",
        },
        {"kim": ("kim", "later"), "sam_m": ("sam_m", "sam")},
    ),
    "Brightspace": (
        {
            "31-9 - Kim Lee - Sep 29, 2024 417 PM/a1.ipynb": "earlier",
            "31-9 - Kim Lee - Oct 1, 2024 1159 AM/a1.ipynb": "later",
            "32-9 - Sam Moe-Ito - Sep 30, 2024 1205 AM/a1.ipynb": "sam",
            "index.html": "<html>",
        },
        {"Kim Lee_31": ("31", "later"), "Sam Moe-Ito_32": ("32", "sam")},
    ),
    "Brightspace, flat": (
        {
            "31-9 - Kim Lee - Sep 29, 2024 115 PM - a1.ipynb": "later",
            "31-9 - Kim Lee - Sep 29, 2024 1105 AM - a1.ipynb": "earlier",
            "32-9 - Kim Lee - Sep 30, 2024 1205 AM - x - Oct 1, 2099 100 PM - a1.ipynb": "another of this name",
        },
        {"Kim Lee_31": ("31", "later"), "Kim Lee_32": ("32", "another of this name")},
    ),
    "Sakai": (
        {
            "Homework 1/grades.csv": "Display ID",
            "Homework 1/Lee, Kim(kl1)/timestamp.txt": "20241001",
            "Homework 1/Lee, Kim(kl1)/Submission attachment(s)/a1.ipynb": "kim",
            "Homework 1/Lee, Kim(kl1)/Feedback Attachment(s)/a1_marked.ipynb": "the instructor's",
            "Homework 1/Moe, Sam(sm2)/Submission attachment(s)/my work.ipynb": "sam",
        },
        {"Lee, Kim_kl1": ("kl1", "kim"), "Moe, Sam_sm2": ("sm2", "sam")},
    ),
    "Sakai, flat": (
        {
            "Homework 1/Lee, Kim(kl1)_Submission attachment(s)_a1.ipynb": "kim",
            "Homework 1/Moe, Sam(sm2)_Submission attachment(s)_a1.ipynb": "sam",
        },
        {"Lee, Kim_kl1": ("kl1", "kim"), "Moe, Sam_sm2": ("sm2", "sam")},
    ),
    "ILIAS": (
        {
            "Blatt 1/Abgaben/Lee_Kim_klee_301/a1.ipynb": "kim",
            "Blatt 1/Abgaben/Moe_Sam_smoe_302/Late Submission - a1.ipynb": "sam",
            "Blatt 1/Blatt 1.xlsx": "table",
        },
        {"Lee_Kim_klee_301": ("301", "kim"), "Moe_Sam_smoe_302": ("302", "sam")},
    ),
    "ILIAS, teams": (
        {
            "Blatt 1/Abgaben/Team 17/Lee_Kim_klee_301/a1.ipynb": "kim",
            "Blatt 1/Abgaben/Team 18/Moe_Sam_smoe_302/a1.ipynb": "sam",
        },
        {"Team 17": ("17", "kim"), "Team 18": ("18", "sam")},
    ),
    "Gradescope": (
        {
            "assignment_9100_export/submission_metadata.yml": METADATA,
            "assignment_9100_export/submission_11/a1.ipynb": "kim",
            "assignment_9100_export/submission_12/work/a1.ipynb": "sam",
            "assignment_9100_export/submission_13/a1.ipynb": "not in the metadata",
        },
        {
            "Kim Lee_4711": ("4711", "kim"),
            "Sam _S_ Moe + Zoe Ito_4712": ("4712", "sam"),
            "submission_13": ("13", "not in the metadata"),
        },
    ),
    "nbgrader": (
        {
            "submitted/kim/a1/a1.ipynb": "kim",
            "submitted/kim/a1/timestamp.txt": "2024-10-01 12:30:00 UTC",
            "submitted/sam/a1/a1.ipynb": "sam",
            "source/a1/a1.ipynb": "the instructor's",
            "autograded/kim/a1/a1.ipynb": "graded before",
        },
        {"kim": ("", "kim"), "sam": ("", "sam")},
    ),
    "Google Drive, a folder a student": (
        {"kim/a1.ipynb": "kim", "sam/Untitled.ipynb": "no", f"sam/{NOTEBOOK}": "sam", "zoe/deep/down/x.ipynb": "zoe"},
        {"kim": ("", "kim"), "sam": ("", "sam"), "zoe": ("", "zoe")},
    ),
    "Google Drive, flat, with equal names and wrong endings": (
        {"Kim Lee - a1.ipynb": "kim", "a1(1).ipynb": "one", "sam.ipynb.txt": "sam", "zoe.ipynb.json": "zoe"},
        {"Kim Lee - a1": ("", "kim"), "a1(1)": ("", "one"), "sam": ("", "sam"), "zoe": ("", "zoe")},
    ),
    "students' zips": (
        {"kim.zip": packed({"work/a1.ipynb": "kim"}), "sam.zip": packed({NOTEBOOK: "sam", "z.ipynb": "no"})},
        {"kim": ("", "kim"), "sam": ("", "sam")},
    ),
}


def as_zip(folder, files):
    return pack(folder / "download.zip", files)


def renamed(folder, files):
    """As a browser names the second download, or Drive a folder."""
    return pack(folder / "submissions-20241001T123000Z-001.zip", {f"submissions/{name}": files[name] for name in files})


def unpacked(folder, files):
    return put(folder / "unpacked", files)


def packed_again(folder, files):
    """As macOS packs a folder."""
    more = {"__MACOSX/._submissions": "x", "submissions/.DS_Store": "x"}
    return pack(folder / "Archive.zip", {f"submissions/{name}": files[name] for name in files} | more)


def zip_in_folder(folder, files):
    (folder / "downloads").mkdir()
    return pack(folder / "downloads/CS101-Homework 1-8890.zip", files).parent


def zip_in_zip(folder, files):
    return pack(folder / "outer.zip", {"CS101-Homework 1-8890.zip": packed(files)})


NOT_CLEAR = [form for form in FORMS if form.startswith(("Google", "nbgrader", "students"))]


@pytest.mark.parametrize("packing", [as_zip, renamed, unpacked, packed_again, zip_in_folder, zip_in_zip])
@pytest.mark.parametrize("form", FORMS)
def test_each_download_gives_one_row_a_student_however_it_is_packed(form, packing, tmp_path):
    files, expected = FORMS[form]
    path = packing(tmp_path, files)
    if packing in (zip_in_folder, zip_in_zip) and form in NOT_CLEAR:  # a single zip could be one student's
        try:
            found = rows(path)
        except inbox.InboxError as error:
            assert "not clear" in str(error)
        else:
            assert len(found) == 1 and form != "nbgrader", found
        return
    found, _ = find(path)
    assert {
        each.name: (each.student_id, content[:1] if each.problem else content)
        for each, content in zip(found, contents(found).values(), strict=True)
    } == expected
    assert [each.canvas_id for each in found] == [each.student_id if each.lms == "Canvas" else "" for each in found]


def test_what_a_platform_says_of_a_submission_is_kept(tmp_path):
    facts = {}
    for form in ("Canvas", "Canvas, anonymous", "Moodle 4", "Blackboard", "Brightspace, flat", "students' zips"):
        found, _ = find(pack(tmp_path / f"{form}.zip", FORMS[form][0]))
        facts |= {each.name: (each.lms, each.late, each.handed_in, each.outer) for each in found}
    assert facts["leekim_123"] == ("Canvas", False, "", "leekim_123_456_a1.ipynb")
    assert facts["moesam_124"] == ("Canvas", True, "", "moesam_LATE_124_457_a1-2.ipynb")
    assert facts["anon_Ab34c"][:2] == ("Canvas, anonymous", True)
    assert facts["Kim Lee_4711"] == ("Moodle", False, "", "Kim Lee_4711_assignsubmission_file/")
    assert facts["kim"] == ("", False, "", "")  # the plain one came last
    assert facts["sam_m"][1:3] == (False, "2024-10-02 09:00:00")
    assert facts["Kim Lee_31"][1:3] == (False, "2024-09-29 13:15")


@pytest.mark.parametrize("form", [form for form in FORMS if not form.startswith(("nbgrader", "Canvas, groups"))])
def test_a_class_of_one_student_is_one_row(form, tmp_path):
    """Without a second student to compare with, too, nobody is merged or invented."""
    files, expected = FORMS[form]
    for number, (row, (_, content)) in enumerate(expected.items()):
        if content != "!" and "(1)" not in row:
            one = {name: data for name, data in files.items() if content.encode() in as_bytes(data)}
            more = {name: data for name, data in files.items() if name.endswith(".yml")}
            assert len(rows(pack(tmp_path / f"{number}.zip", one | more))) == 1, row


def as_bytes(data) -> bytes:
    if isinstance(data, str):
        return data.encode()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(map(archive.read, archive.namelist()))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["kim/a1.ipynb"], ["kim"]),
        (["kim/a1.ipynb", "kim/Untitled.ipynb"], ["kim"]),
        ([f"kim/{NOTEBOOK}", "kim/x.ipynb"], ["kim"]),
        (["kim/one.ipynb", "kim/two.ipynb"], ["one", "two"]),
        (["kim/one/a1.ipynb", "kim/two/a1.ipynb"], ["one", "two"]),
        (["kim/a1/x.ipynb", "kim/a2/x.ipynb"], ["kim"]),
        (["kim/my a1.ipynb", "kim/my a1 old.ipynb"], None),
        (["class/kim.ipynb"], ["kim"]),
        (["class/Kim - a1.ipynb", "class/Lee - a1.ipynb"], ["Kim - a1", "Lee - a1"]),
    ],
)
@pytest.mark.parametrize("unpack", [False, True])
def test_one_folder_is_a_class_or_a_student_or_a_question(files, expected, unpack, tmp_path):
    files = dict.fromkeys(files, "{}")
    path = put(tmp_path / "class", files) if unpack else pack(tmp_path / "class (1).zip", files)
    if expected is None:
        with pytest.raises(inbox.InboxError, match=r"folder kim.* not clear whether that is a class or one student's"):
            find(path)
    else:
        assert rows(path) == expected


def test_github_classroom_clones_bear_the_user_names(tmp_path):
    files = {"hw-kim/a1.ipynb": "kim", "hw-kim/.git/a1.ipynb": "no", "hw-sam-moe/work/a1.ipynb": "sam"}
    found, _ = find(put(tmp_path / "hw-submissions", files))
    assert {each.name: (each.student_id, each.read()) for each in found} == {
        "kim": ("kim", b"kim"),
        "sam-moe": ("sam-moe", b"sam"),
    }


def test_sections_keep_their_students_apart(tmp_path):
    for section in ("morning", "evening"):
        pack(tmp_path / f"{section}.zip", {"kim.ipynb": section, f"{section[:3]}.ipynb": "only here"})
    found, _ = find(tmp_path / "morning.zip", tmp_path / "evening.zip")
    assert contents(found) == {
        **{"kim (morning)": "morning", "kim (evening)": "evening"},
        **{"mor": "only here", "eve": "only here"},
    }


def test_one_student_in_two_downloads_is_not_merged(tmp_path):
    """The platform's number says that it is one student; nothing says which download is the newer."""
    one = pack(tmp_path / "monday.zip", {"leekim_123_456_a1.ipynb": "old", "moesam_124_457_a1.ipynb": "sam"})
    two = pack(tmp_path / "friday.zip", {"leekim_123_490_a1.ipynb": "new"})
    found = contents(find(one, two)[0])
    assert found["moesam_124"] == "sam"
    assert "monday.zip" in found["leekim_123"] and "friday.zip" in found["leekim_123"]


def as_zips(folder, name, files):
    pack(folder / f"{name}.zip", files)


def as_folders(folder, name, files):
    put(folder / name, files)


@pytest.mark.parametrize("packing", [as_zips, as_folders])
@pytest.mark.parametrize("form", [form for form in FORMS if not form.startswith(("Google", "nbgrader", "students"))])
def test_a_folder_of_several_downloads_is_refused_and_never_a_student_each(form, packing, tmp_path):
    """Two sections in one folder: a row called "section A" would hold one student's work and lose all others'."""
    packing(tmp_path, "section A", FORMS[form][0])
    packing(tmp_path, "section B", FORMS[form][0])
    with pytest.raises(inbox.InboxError, match=r"section A.*: it holds a platform's download of several students"):
        find(tmp_path)
    with pytest.raises(inbox.InboxError, match=r"section B.*name that folder or zip itself"):
        find(
            pack(
                tmp_path / "class.zip",
                {path.name: path.read_bytes() for path in tmp_path.glob("*.zip")}
                or {
                    str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
                },
            )
        )


def test_a_download_among_students_costs_nobody_else_and_numbers_by_chance_nobody(tmp_path):
    put(tmp_path, {"kim/hw_1_2_a1.ipynb": "kim", "kim/hw_2_1_a1.ipynb": "kim", "lee.ipynb": "lee"})
    put(tmp_path, {f"sam/submission_{number}/{NOTEBOOK}": "sam" for number in (1, 2)})
    put(tmp_path, {f"zoe/my_first_try_{number}/{NOTEBOOK}": "zoe" for number in (1, 2)})
    pack(tmp_path / "mallory.zip", FORMS["Moodle 4"][0])
    found = contents(find(tmp_path)[0])
    assert found.pop("mallory").startswith("! it holds a platform's download of several students")
    assert {name: content[:3] for name, content in found.items()} == {
        "kim": "kim",
        "lee": "lee",
        "sam": "sam",
        "zoe": "zoe",
    }


def test_an_accent_in_two_characters_makes_no_other_student(tmp_path):
    """macOS packs names so; of plain files in one class each is somebody's, for nothing says that they are one's."""
    one, other = (unicodedata.normalize(form, "José Gil") for form in ("NFC", "NFD"))
    files = {f"{one}_1_assignsubmission_file/a1.ipynb": "old", f"{other}_1_assignsubmission_onlinetext/x.html": ""}
    assert rows(pack(tmp_path / "monday.zip", files)) == [f"{one}_1"]
    again = pack(
        tmp_path / "friday.zip",
        {f"{other}_1_assignsubmission_file/a1.ipynb": "new", "Kim_2_assignsubmission_file/a1.ipynb": ""},
    )
    assert "which of them counts is not clear" in contents(find(tmp_path / "monday.zip", again)[0])[f"{one}_1"]
    for section, name in (("am", one), ("pm", other)):
        pack(tmp_path / f"{section}.zip", {f"{name}.ipynb": "", f"{section}.ipynb": ""})
    assert rows(tmp_path / "am.zip", tmp_path / "pm.zip") == [f"{one} (am)", f"{one} (pm)", "am", "pm"]
    assert len(rows(pack(tmp_path / "flat.zip", {f"{one}.ipynb": "", f"{other}.ipynb": "", "kim.ipynb": ""}))) == 3


def test_one_path_named_twice_is_one_class(tmp_path):
    path = pack(tmp_path / "class.zip", {"kim.ipynb": "kim"})
    assert rows(path, path) == ["kim"]


def test_of_uploads_in_canvas_the_later_counts_by_canvas_own_marks(tmp_path):
    """Two downloads put into one folder: dates of files say nothing, the mark LATE and the uploads' numbers do."""
    files = {"leekim_123_900_a1.ipynb": "in time", "leekim_LATE_123_456_a1-1.ipynb": "late"}
    files |= {"moesam_124_470_a1-1.ipynb": "second", "moesam_124_460_a1.ipynb": "first"}
    path = put(tmp_path / "in", files)
    os.utime(path / "moesam_124_460_a1.ipynb", (2**31, 2**31))
    assert contents(find(path)[0]) == {"leekim_123": "late", "moesam_124": "second"}


def test_a_plain_file_called_like_a_platforms_row_is_not_merged_with_it(tmp_path):
    files = {"leekim_123_456_a1.ipynb": "kim", "leekim_123.ipynb": "mallory", "moesam_124_457_a1.ipynb": "sam"}
    found = contents(find(put(tmp_path / "in", files))[0])
    assert found["moesam_124"] == "sam" and "which of them counts is not clear" in found["leekim_123"]


def test_gradescopes_names_of_a_large_class(tmp_path):
    people = {number: f"{'Long Name ' * 5}{number}" for number in range(1500)}
    text = "".join(
        f"submission_{n}:\n  :submitters:\n  - :name: {name}\n    :sid: '{n}'\n" for n, name in people.items()
    )
    files = {f"submission_{n}/a1.ipynb": "" for n in people} | {"submission_metadata.yml": text}
    found, _ = find(pack(tmp_path / "export.zip", files))
    assert len(found) == 1500 and {each.student_id for each in found} == set(map(str, people))


def test_attempts_whose_dates_cannot_be_read_are_not_guessed(tmp_path):
    path = put(
        tmp_path / "in", {f"31-9 - Kim Lee - {date}/a1.ipynb": date for date in ("Okt 1, 2024 900", "Okt 2, 2024 900")}
    )
    ((kim,), _) = find(path)
    assert kim.name == "Kim Lee_31" and "keep the last" in kim.problem


@pytest.mark.parametrize("flat", [False, True])
def test_the_dates_of_other_places_make_no_other_students(flat, tmp_path):
    dates = {"1 Oct, 2026 1230": "?", "2 October, 2026 9:05 AM": "kim", "Sep 30, 2026 900": "?"}  # the day first: read
    odd = {"2026年10月1日 12时30分": "lee"}  # in other words: whose it is can be read, and there is one attempt alone
    files = {f"31-9 - Kim - Lee - {date}": text for date, text in dates.items()}
    files |= {f"32-9 - Sam Moe - {date}": text for date, text in odd.items()}
    ending = " - a1.ipynb" if flat else "/a1.ipynb"
    found, _ = find(put(tmp_path / "in", {f"{name}{ending}": text for name, text in files.items()}))
    assert contents(found) == {"Kim - Lee_31": "kim", "Sam Moe_32": "lee"}
    assert [each.handed_in for each in found] == ["2026-10-02 09:05", ""]
    path = put(tmp_path / "two", {f"31-9 - Kim Lee - {day}.10.2026 900{ending}": "" for day in (1, 2)})
    ((kim,), _) = find(path)
    assert kim.name == "Kim Lee_31" and "keep the last" in kim.problem


def test_a_groups_number_in_canvas_is_never_a_classmates(tmp_path):
    """Who calls himself "mal_123" in Canvas does not get the marks of student 123."""
    files = {"leekim_123_456_a1.ipynb": "kim", "mal_123_789_1011_a1.ipynb": "mallory"}
    found, _ = find(pack(tmp_path / "submissions.zip", files))
    assert {each.name: each.canvas_id for each in found} == {"leekim_123": "123", "mal_123_789": "789"}


def test_a_file_whose_name_begins_with_a_number_is_not_taken_for_a_groups(tmp_path):
    ((kim,), remarks) = find(pack(tmp_path / "submissions.zip", {"leekim_123_456_2_a1.ipynb": "kim"}))
    assert (kim.name, kim.canvas_id) == ("leekim_123", "123") and "were leekim_123 a group" in remarks[0]


# Whose a file is, and which counts ------------------------------------------------------------------------------------


def test_files_folders_and_student_zips_are_named_by_their_path(tmp_path):
    files = ("kim.ipynb", "lee/a1.ipynb", "sam/deep/down/work.ipynb", "Zoë O'Hara.ipynb")
    put(tmp_path, dict.fromkeys(files, "{}"))
    pack(tmp_path / "ann.zip", {"whatever/a1.ipynb": "{}"})
    assert rows(tmp_path) == ["Zoë O'Hara", "ann", "kim", "lee", "sam"]


def test_a_single_notebook_can_be_named(tmp_path):
    put(tmp_path, {"kim.ipynb": "mine"})
    ((kim,), _) = find(tmp_path / "kim.ipynb")
    assert (kim.name, kim.read()) == ("kim", b"mine")


def test_what_programs_leave_behind_is_no_submission(tmp_path):
    litter = ("kim/.ipynb_checkpoints/a1-checkpoint.ipynb", ".DS_Store", "__MACOSX/._kim.ipynb", "kim/Thumbs.db")
    put(tmp_path, dict.fromkeys(("kim/a1.ipynb", *litter), "{}"))
    found, remarks = find(tmp_path)
    assert ([submission.name for submission in found], remarks) == (["kim"], [])


def test_of_several_notebooks_the_one_that_was_handed_out_counts_and_that_is_said(tmp_path):
    copy = NOTEBOOK.replace(".ipynb", " (1).ipynb")
    put(tmp_path, dict.fromkeys(("kim/scratch.ipynb", f"kim/{copy}", "lee/my_a1.ipynb", "lee/z.ipynb"), "{}"))
    found, remarks = find(tmp_path)
    assert [Path(submission.source).name for submission in found] == [copy, "my_a1.ipynb"]
    assert len(remarks) == 2 and "kim: 2 notebooks" in remarks[0]


@pytest.mark.parametrize("scratch", ["Untitled.ipynb", NOTEBOOK, "zz_a1.ipynb"])
def test_of_several_notebooks_the_one_that_answers_most_counts(scratch, tmp_path):
    """A scratch notebook, or the stub that was handed out, beside the work under another name."""
    stub = notebook("def double(x):\n    '''Twice.'''\n    ...", "def add(x):\n    raise NotImplementedError()")
    work = notebook("%%time\n!ls\ndef double(x):\n    return 2 * x", "add = lambda x: x + 1")
    put(tmp_path / "in", {f"kim/{scratch}": stub, "kim/my_homework.ipynb": work, "kim/broken.ipynb": "{"})
    put(tmp_path / "in", {"lee.ipynb": work})
    ((kim, _), _) = find(tmp_path / "in", answers=("double", "add"))
    assert Path(kim.source).name == "my_homework.ipynb"
    assert (
        Path(inbox.find_one(tmp_path / "in/kim", NOTEBOOK, "a1", ("double", "add")).source).name == "my_homework.ipynb"
    )


def test_of_several_alike_the_one_changed_last_counts(tmp_path):
    put(tmp_path, {"kim/a1_old.ipynb": "{}", "kim/a1_new.ipynb": "{}", "lee.ipynb": "{}"})
    os.utime(tmp_path / "kim/a1_old.ipynb", (1, 1))
    ((kim, _), _) = find(tmp_path)
    assert Path(kim.source).name == "a1_new.ipynb"


def test_of_a_folder_that_is_one_submission_all_is_one_students(tmp_path):
    put(tmp_path, {"a1.ipynb": "work", "notes.txt": "", "more/helpers.py": "x = 1"})
    only = inbox.find_one(tmp_path, "a1.ipynb", "a1")
    assert only.read() == b"work" and only.files == {"more/helpers.py": b"x = 1"}
    (tmp_path / "a1.ipynb").unlink()
    assert "there is no notebook" in inbox.find_one(tmp_path, "a1.ipynb", "a1").problem


def test_two_files_of_one_name_are_not_merged_whatever_their_dates(tmp_path):
    put(tmp_path, {"kim.ipynb": "one", "kim/a1.ipynb": "two", "kim.pdf": "", "lee.ipynb": "lee"})
    pack(tmp_path / "kim.zip", {"a1.ipynb": "three"})
    found = contents(find(tmp_path)[0])
    assert found.pop("lee") == "lee" and set(found) == {"kim"}
    assert found["kim"].startswith("! kim and kim.ipynb and kim.zip would be one student's")


def test_a_student_without_a_notebook_is_named(tmp_path):
    put(tmp_path, dict.fromkeys(("kim/a1.pdf", "leekim_1_2_a1.docx", "README.txt"), ""))
    pack(tmp_path / "sam.zip", {})
    found, remarks = find(tmp_path)
    told = {s.name: s.problem.split(",")[0] for s in found}
    assert told == dict.fromkeys(("kim", "leekim_1", "sam"), "there is no notebook")
    assert len(remarks) == 1 and "README.txt" in remarks[0]


def test_paths_that_are_missing_or_broken_are_named(tmp_path):
    with pytest.raises(inbox.InboxError, match="no such file"):
        find(tmp_path / "absent")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(inbox.InboxError, match=r"broken\.zip: it is not a zip file"):
        find(tmp_path / "broken.zip")
    ((only,), _) = find(tmp_path)  # found in a folder, it is one student's
    assert only.name == "broken" and "not a zip file" in only.problem


def test_helper_files_travel_with_the_notebook_beside_which_they_lie(tmp_path):
    kim = {"work/a1.ipynb": "{}", "work/helpers.py": "y = 2", "work/pkg/sub.py": "z = 3", "other.py": "no"}
    many = {f"lee/h{number}.py": "#" * 20_000 for number in range(50)}
    put(tmp_path, {f"kim/{name}": data for name, data in kim.items()} | {"kim/work/not a name.py": ""} | many)
    put(tmp_path, {"lee/a1.ipynb": "{}", "sam.ipynb": "{}", "sam.py": "x = 1", "ann.ipynb": "{}"})
    files = {each.name: each.files for each in find(tmp_path)[0]}
    assert files["kim"] == {"helpers.py": b"y = 2", "pkg/sub.py": b"z = 3"}
    assert sum(map(len, files["lee"].values())) <= choosing.MAX_HELPER_BYTES and files["lee"]
    assert files["sam"] == {"sam.py": b"x = 1"} and files["ann"] == {}
    canvas = {"leekim_1_2_a1.ipynb": "{}", "leekim_1_3_helpers.py": "y = 2", "moesam_4_5_a1.ipynb": "{}"}
    found, _ = find(pack(tmp_path / "submissions.zip", canvas))
    assert [each.files for each in found] == [{"helpers.py": b"y = 2"}, {}]


# Limits ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slip", ["../../evil.ipynb", "/etc/evil.ipynb", "a/../../evil.ipynb", "C:\\evil.ipynb"])
def test_members_that_point_out_of_a_zip_are_left_out_and_told(slip, tmp_path):
    path = pack(tmp_path / "class.zip", {slip: "{}", "kim.ipynb": "{}"})
    found, remarks = find(path)
    assert [submission.name for submission in found] == ["kim"]
    assert len(remarks) == 1 and "point out of the zip" in remarks[0] and "kim" not in remarks[0]
    assert not list(tmp_path.rglob("evil*"))


def test_names_longer_than_a_file_systems_are_left_out_and_told(tmp_path):
    """A zip allows 65,535 letters, over which looking for an ending takes seconds."""
    put(tmp_path, {"lee.ipynb": "lee"})
    pack(tmp_path / "kim.zip", {"-1" * 30_000 + ".ipynb": "{}", "x" * 255: "", "a1.ipynb": "kim"})
    found, remarks = find(tmp_path)
    assert contents(found) == {"kim": "kim", "lee": "lee"} and not any("2 notebooks" in told for told in remarks)
    assert len(remarks) == 1 and "left out 1 files" in remarks[0] and len(remarks[0]) < 500


@pytest.mark.parametrize("nested", [False, True])
def test_a_member_that_grows_without_end_is_refused(nested, tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "MAX_NOTEBOOK", 10**6)
    monkeypatch.setattr(listing, "MAX_ZIP", 10**6)
    path = pack(tmp_path / "class.zip", {"kim.ipynb": b"0" * 5_000_000, "lee.ipynb": "{}"})
    if nested:
        path = pack(tmp_path / "outer.zip", {"kim.zip": b"\0" * 5_000_000, "lee.ipynb": "{}"})
    found = {submission.name: submission for submission in find(path)[0]}
    assert found["lee"].read() == b"{}"
    with pytest.raises(inbox.UnreadableFileError, match="larger than"):
        raise inbox.UnreadableFileError(found["kim"].problem) if found["kim"].problem else found["kim"].read()


def test_a_zip_that_lies_about_a_size_is_still_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "MAX_NOTEBOOK", 10**6)
    path = pack(tmp_path / "class.zip", {"kim.ipynb": b"0" * 5_000_000})
    path.write_bytes(path.read_bytes().replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    ((kim,), _) = find(path)
    try:
        assert len(kim.read()) <= 10**6
    except inbox.UnreadableFileError as error:
        assert "taken out of the zip" in str(error)


def test_zips_in_zips_end_at_the_second(tmp_path):
    inner = packed({"a1.ipynb": "{}"})
    for _ in range(3):
        inner = packed({"next.zip": inner})
    (tmp_path / "in").mkdir()
    (tmp_path / "in/kim.zip").write_bytes(inner)
    put(tmp_path / "in", {"lee.ipynb": "{}"})
    found = contents(find(tmp_path / "in")[0])
    assert found["lee"] == "{}" and "there is no notebook" in found["kim"]


def test_too_many_members_and_members_of_one_name(tmp_path, monkeypatch):
    path = pack(tmp_path / "class.zip", [("kim.ipynb", "first"), ("kim.ipynb", "second")])
    ((kim,), remarks) = find(path)
    assert kim.read() == b"second" and "twice" in remarks[0]
    monkeypatch.setattr(listing, "MAX_MEMBERS", 1)
    with pytest.raises(inbox.InboxError, match="2 files, and the limit is 1"):
        find(path)
    monkeypatch.setattr(listing, "MAX_TABLE", 50)
    with pytest.raises(inbox.InboxError, match="table of contents is too long"):
        find(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_links_and_pipes_are_not_followed(tmp_path):
    put(tmp_path, {"secret.ipynb": "secret", "in/kim.ipynb": "{}"})
    (tmp_path / "in/lee.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (tmp_path / "in/sam").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "in/pipe.ipynb")
    found, remarks = find(tmp_path / "in")
    told = "it is a link or a device, not a file"
    assert {s.name: s.problem for s in found if s.problem} == dict.fromkeys(("lee", "pipe"), told)
    assert "sam" not in [s.name for s in found] and "links or devices" in remarks[0]


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_what_the_instructor_names_may_be_a_link(tmp_path):
    put(tmp_path, {"in/kim.ipynb": "mine"})
    pack(tmp_path / "class.zip", {"kim.ipynb": "mine"})
    (tmp_path / "link").symlink_to(tmp_path / "in")
    (tmp_path / "link.zip").symlink_to(tmp_path / "class.zip")
    for path in (tmp_path / "link", tmp_path / "link.zip", tmp_path / "link/kim.ipynb"):
        assert contents(find(path)[0]) == {"kim": "mine"}
    assert inbox.find_one(tmp_path / "link", NOTEBOOK, "a1").read() == b"mine"
    with pytest.raises(inbox.InboxError, match="no such folder"):
        inbox.find_one(tmp_path / "absent", NOTEBOOK, "a1")


def test_a_file_that_becomes_a_link_before_it_is_read_is_not_followed(tmp_path):
    put(tmp_path, {"in/kim.ipynb": "mine", "secret": "secret"})
    ((kim,), _) = find(tmp_path / "in")
    (tmp_path / "in/kim.ipynb").unlink()
    (tmp_path / "in/kim.ipynb").symlink_to(tmp_path / "secret")
    with pytest.raises(inbox.UnreadableFileError, match="cannot be opened"):
        kim.read()


def test_a_class_is_opened_behind_walls_and_the_opener_sees_nothing_else(tmp_path):
    put(tmp_path, {"in/kim.ipynb": "mine", "secret.ipynb": "secret"})
    opener = listing.Opener([tmp_path / "in"])
    assert opener.read([str(tmp_path / "in/kim.ipynb")]) == b"mine"
    with pytest.raises(inbox.UnreadableFileError, match="cannot be opened"):
        opener.read([str(tmp_path / "secret.ipynb")])


def test_an_opener_that_dies_over_one_file_serves_the_next(tmp_path):
    put(tmp_path, {"kim.ipynb": "mine"})
    opener = listing.Opener([tmp_path])
    opener.read([str(tmp_path / "kim.ipynb")])
    opener.child.end()
    assert opener.read([str(tmp_path / "kim.ipynb")]) == b"mine"


def test_a_fault_in_looking_at_one_student_costs_that_student_only(tmp_path, monkeypatch):
    put(tmp_path, {"kim.ipynb": "mine", "lee.ipynb": "lee"})
    whole = choosing.best

    def fails(notebooks, *more):
        if "lee" in notebooks[0].source:
            raise ZeroDivisionError("one in a million")
        return whole(notebooks, *more)

    monkeypatch.setattr(choosing, "best", fails)
    found = contents(find(tmp_path)[0])
    assert found["kim"] == "mine" and "ZeroDivisionError: one in a million" in found["lee"]


@pytest.mark.skipif(not forkserver.LINUX, reason="there is no forkserver")
def test_zips_are_opened_without_keras(tmp_path):
    """course-grade would wait for seconds before it has looked at the first name."""
    put(tmp_path, {"kim.ipynb": "{}"})
    assert rows(tmp_path) == ["kim"]
    maps = Path(f"/proc/{forkserver.running(True, 'autograder.inbox.opening').process.pid}/maps").read_text()
    assert "python" in maps and "tensorflow" not in maps and "numpy" not in maps


# Names ----------------------------------------------------------------------------------------------------------------

ATTACKS = (
    *(
        "",
        ".",
        "..",
        "../up",
        "a/b",
        "a\\b",
        "=1+1",
        "+x",
        "-x",
        "@x",
        "con",
        "NUL.txt",
        " . ",
        ";=1+1",
        "a;=1",
        "a,@x",
    ),
    *("＝1+1", "﹦1", "＋1", "－1", "＠x", "\u22121", "x| =1", ";;\t=1", "\t=1", "\u00a0=1", "\u200b=1", "x;\u202e=1"),
    *("x" * 500, "é" * 200, "😀" * 90, "\0\x1b[2J", "\u202egpj", "<script>", "\udcff", "a\u2028b", "a\r\n=1"),
)


@pytest.mark.parametrize("name", ATTACKS, ids=ascii)
def test_names_become_safe_and_stay_safe(name):
    safe = inbox.safe_name(name)
    assert safe and len(safe.encode()) <= 80 and inbox.safe_name(safe) == safe
    assert inbox.printable(safe) == safe and not set('/\\:*?"<>|').intersection(safe)
    assert safe.strip(" .") == safe and safe.lower() not in ("con", "nul.txt")
    for cell in safe.replace(",", ";").split(";"):
        assert (cell.strip() or "x")[0] not in "=+-@＝﹦＋－＠\u2212", safe


@pytest.mark.parametrize("later", ["KIM", "Kim", "kim\u200b", "\u202ekim", "kim.", "kim\0", "ｋｉｍ", "k\u0131m"])
def test_a_name_like_anothers_does_not_rename_the_other(later, tmp_path):
    called = inbox.row_names(["kim", later, "kim_"])
    assert len({*inbox.row_names(["kim", "kim", "kim (x)", "kim (x)"])}) == 4
    assert called[0] == "kim" and len({*called}) == 3 and called == [inbox.safe_name(name) for name in called]
    files = inbox.file_names(called)
    assert files["kim"] == "kim" and len({file.casefold() for file in files.values()}) == 3
    path = pack(tmp_path / "class.zip", {"kim.ipynb": "honest", f"{later.replace(chr(0), '')}.ipynb": "mallory"})
    assert contents(find(path)[0])["kim"] in ("honest", "mallory" if later == "kim\0" else "honest")


def test_an_accent_written_in_two_ways_is_two_students(tmp_path):
    path = pack(tmp_path / "class.zip", {"Zo\u00eb.ipynb": "one", "Zoe\u0308.ipynb": "two"})
    found = contents(find(path)[0])
    assert found["Zo\u00eb"] == "one" and sorted(found.values()) == ["one", "two"]


def test_endings_of_notebooks():
    for name in ("kim.ipynb", "kim.IPYNB", "kim.ipynb.txt", "kim.ipynb.json", "kim.ipynb (1).txt", "kim.ipynb.ipynb"):
        assert names.NOTEBOOK.search(name) and names.stem(name) == "kim", name
    for name in ("kim.py", "ipynb", "kim.json", "kim.txt", "kim.ipynb.pdf", "kim.ipynbs"):
        assert not names.NOTEBOOK.search(name), name


# The confined side, here in this process ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "number"),
    [
        (["def double(x):\n    return 2 * x"], 1),
        (["double = 2", "add: int = 3"], 2),
        (["from mine import add, double"], 2),
        (["double = ...", "def add(x): pass"], 0),
        (["def add(x):\n    return (((", "class double:\n    x = 1"], 2),
        (["(" * 100_000], 0),
        (["def double(x):\n    return\x00"], 1),
    ],
)
def test_answers_are_counted_by_the_names_they_define(sources, number):
    assert opening.answered(notebook(*sources).encode(), ("double", "add")) == number


def test_gradescopes_metadata_cannot_be_written_by_a_submissions_output():
    assert opening.submitters(METADATA.encode()) == {
        "submission_11": [["Kim Lee", "4711"]],
        "submission_12": [['Sam "S" Moe', "4712"], ["Zoe Ito", ""]],
    }


def test_pictures_and_widgets_do_not_count_as_text(tmp_path):
    from autograder.notebook import UnreadableSubmissionError, parse_notebook

    picture = "![it](data:image/png;base64," + "iVBORw0KGgo" * 500_000 + ")"
    document = json.loads(notebook("x = 1"))
    document["cells"].append({"cell_type": "markdown", "id": "p", "metadata": {}, "source": picture})
    document["cells"].append({"cell_type": "markdown", "id": "q", "metadata": {}, "source": "why " * 10})
    document["metadata"]["widgets"] = {"state": "s" * 5_000_000}
    parsed = parse_notebook(json.dumps(document).encode(), "kim.ipynb")
    assert parsed.cells[0].source == "x = 1" and parsed.cells[2].source == "why " * 10
    document["cells"][0]["source"] = "x = 1\n" * 1_000_000
    with pytest.raises(UnreadableSubmissionError, match="2 MB of code"):
        parse_notebook(json.dumps(document).encode(), "kim.ipynb")


def test_each_form_stands_in_the_table_with_its_source():
    table = (Path(inbox.__file__).parents[1] / "DOWNLOADS.md").read_text(encoding="utf-8")
    lines = {line.split("|")[1].strip(): line for line in table.splitlines() if line.startswith("| ")}
    for form in (*FORMS, "GitHub Classroom"):
        assert form in lines, form
        assert "https://" in lines[form] or "no names of its own" in lines[form], form
