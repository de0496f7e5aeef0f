"""What learning platforms take back: their tables and zips of feedback."""

import csv
import zipfile

import pytest
from classroom import rows
from made import graded, kept, table

from autograder import gradebook, records, returns

CANVAS = {"source": "class.zip/leekim_LATE_123_456_a1.ipynb", "canvas_id": "123"}
MOODLE = {"source": "class.zip/Kim Lee_4711_assignsubmission_file_/a1.ipynb"}
BLACKBOARD = {"source": "class.zip/HW1_klee_attempt_2024-10-03-09-00-00_a1.ipynb"}
BRIGHTSPACE = {"source": "class.zip/12345-678 - Kim Lee - Oct 3, 2024 900 AM/a1.ipynb"}


def returned(folder, *made, roster=None, unconfirmed=None):
    """Write the return tables for these records; the names of what was written."""
    kept(folder, *made)
    settings = gradebook.keep(folder, {}, table(folder / "given.csv", *roster) if roster else None)
    (folder / "feedback").mkdir(exist_ok=True)
    for record in made:
        (folder / "feedback" / f"{record['name']}.html").write_text(f"page of {record['name']}")
    return returns.write(folder, "a1", gradebook.entries(folder, settings, unconfirmed), settings)


def packed(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize(
    ("source", "platform"),
    [
        (CANVAS["source"], "canvas"),
        ("x/leekim_123_456_work.zip/work/a1.ipynb", "canvas"),
        ("x/leekim_late_123_456_a1.ipynb", "canvas"),
        (MOODLE["source"], "moodle"),
        ("x/Kim Lee_4711_assignsubmission_file/a1.ipynb", "moodle"),
        ("x/Kim Lee_4711_assignsubmission_file_a1.ipynb", "moodle"),
        (BLACKBOARD["source"], "blackboard"),
        (BRIGHTSPACE["source"], "brightspace"),
        ("class.zip/12345 - Kim Lee - 3 Oct, 2024 900/a1.ipynb", "brightspace"),
        ("submissions/kim.ipynb", ""),
        ("submissions/kim/a1_one_by_one.ipynb", ""),
    ],
)
def test_a_platform_is_known_by_its_names(source, platform):
    assert returns.platform_of(source)[0] == platform


def test_canvas(tmp_path):
    made = returned(tmp_path, graded("leekim_123", 4.5, **CANVAS), graded("max"))
    assert made == ["canvas.csv", "feedback_canvas.zip"]
    points, kim, someone = rows(tmp_path / "canvas.csv")
    assert list(points) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "a1"]
    assert (points["Student"].strip(), points["a1"]) == ("Points Possible", "6")
    assert (kim["ID"], kim["a1"], someone["ID"]) == ("123", "4.5", "")
    assert packed(tmp_path / "feedback_canvas.zip") == {"leekim_LATE_123_456_a1.html": "page of leekim_123"}


def test_canvas_own_table_is_filled_in_and_other_assignments_stay_out(tmp_path):
    columns = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "A1 Cost (77)", "A10 (78)", "Current Score"]
    lines = [["    Points Possible", "", "", "", "", "10", "9", "(read only)"],
             ["Lee, Kim", "123", "x9", "klee", "A", "1", "5", "99"],
             ["Moe, Sam", "124", "x8", "smoe", "A", "2", "6", ""]]  # fmt: skip
    returned(tmp_path, graded("leekim_123", 4.5, **CANVAS), roster=[columns, *lines])
    points, kim, sam = rows(tmp_path / "canvas.csv")
    assert list(points) == [*columns[:5], "A1 Cost (77)"] and points["A1 Cost (77)"] == "6"
    assert (kim["Student"], kim["SIS User ID"], kim["A1 Cost (77)"]) == ("Lee, Kim", "x9", "4.5")
    assert sam["A1 Cost (77)"] == ""  # nothing handed in: Canvas keeps what it has


def test_moodle(tmp_path):
    made = returned(tmp_path, graded("Kim Lee_4711", 4.5, **MOODLE))
    assert "moodle.csv" in made and "feedback_moodle.zip" in made
    assert rows(tmp_path / "moodle.csv") == [
        {"Identifier": "Participant 4711", "Full name": "Kim Lee", "Grade": "4.5", "Maximum Grade": "6",
         "Last modified (grade)": "-"}
    ]  # fmt: skip
    assert list(packed(tmp_path / "feedback_moodle.zip")) == ["Kim Lee_4711_assignsubmission_file_/feedback.html"]


def test_moodles_own_worksheet_is_filled_in(tmp_path):
    columns = [
        "Identifier",
        "Full name",
        "Status",
        "Grade",
        "Maximum Grade",
        "Last modified (grade)",
        "Feedback comments",
    ]
    lines = [["Participant 4711", "Kim Lee", "Submitted", "", "6.00", "-", ""],
             ["Participant 4712", "Sam Moe", "No submission", "3.00", "6.00", "Monday", "Kept"]]  # fmt: skip
    returned(tmp_path, graded("Kim Lee_4711", 4.5, **MOODLE), roster=[columns, *lines])
    kim, sam = rows(tmp_path / "moodle.csv")
    assert list(kim) == columns and kim["Grade"] == "4.5"
    assert (sam["Grade"], sam["Feedback comments"]) == ("3.00", "Kept")


def test_blackboard(tmp_path):
    columns = [
        "Last Name",
        "First Name",
        "Username",
        "Student ID",
        "Availability",
        "A1 [Total Pts: 6 Score] |5",
        "Total |6",
    ]
    made = returned(
        tmp_path, graded("klee", 4.5, **BLACKBOARD), roster=[columns, ["Lee", "Kim", "klee", "123", "Yes", "", ""]]
    )
    assert made == ["canvas.csv", "blackboard.csv"]
    text = (tmp_path / "blackboard.csv").read_text()
    assert text.splitlines() == [
        '"Last Name","First Name","Username","Student ID","A1 [Total Pts: 6 Score] |5"',
        '"Lee","Kim","klee","123","4.5"',
    ]  # fmt: skip


def test_blackboard_from_the_names_alone(tmp_path):
    returned(tmp_path, graded("klee", 4.5, **BLACKBOARD))
    assert rows(tmp_path / "blackboard.csv") == [{"Last Name": "", "First Name": "", "Username": "klee", "a1": "4.5"}]


def test_brightspace(tmp_path):
    columns = ["OrgDefinedId", "Username", "Last Name", "First Name", "Other Points Grade", "End-of-Line Indicator"]
    lines = [["#123", "#klee", "Lee", "Kim", "3", "#"], ["#124", "#smoe", "Moe", "Sam", "4", "#"]]
    made = returned(tmp_path, graded("Kim Lee", 4.5, **BRIGHTSPACE), roster=[columns, *lines])
    assert made == ["canvas.csv", "brightspace.csv"]
    kim, sam = rows(tmp_path / "brightspace.csv")
    assert list(kim)[:2] == ["OrgDefinedId", "Username"] and list(kim)[-1] == "End-of-Line Indicator"
    assert (kim["a1 Points Grade"], sam["a1 Points Grade"], kim["End-of-Line Indicator"]) == ("4.5", "", "#")
    assert "Other Points Grade" not in kim


def test_what_cannot_go_back_is_said(tmp_path):
    """Forms that nobody documents are not guessed: a page must not reach a classmate."""
    anonymous = {"source": "c.zip/anon_Xy12z_456_a1.ipynb", "lms": "Canvas, anonymous", "student_id": "Xy12z"}
    made = returned(tmp_path, graded("anon_Xy12z", **anonymous), graded("Kim Lee_12345", **BRIGHTSPACE))
    assert made == ["canvas.csv"]
    assert "anon_Xy12z" not in (tmp_path / "canvas.csv").read_text()

    def told():
        settings = gradebook.load(tmp_path)
        return " ".join(returns.untold(gradebook.entries(tmp_path, settings), settings))

    for words in (
        "anonymous submissions (1 here)",
        "Brightspace takes back scores by its own table only",
        "no zip of feedback",
    ):
        assert words in told()
    roster = table(tmp_path / "class.csv", ["name", "id", "code"], ["Kim", "123", "Xy12z"], ["Sam", "124", "b"])
    gradebook.keep(tmp_path, {}, roster)
    assert "anonymous" not in told()


def test_the_page_of_a_group_bears_the_groups_number_first(tmp_path):
    """Canvas takes the first two numbers of a name, and a group may be called team_1."""
    source = {"source": "c.zip/team_1_123_900_2_a1.ipynb", "canvas_id": "123"}
    late = {"source": "c.zip/red_team_LATE_124_901_a1.ipynb", "canvas_id": "124"}
    returned(tmp_path, graded("team_1_123", **source), graded("red_team_124", **late))
    pages = packed(tmp_path / "feedback_canvas.zip")
    assert set(pages) == {"team-1_123_900_2_a1.html", "red_team_LATE_124_901_a1.html"}
    assert pages["team-1_123_900_2_a1.html"] == "page of team_1_123"


def test_a_group_hands_its_score_to_each_member(tmp_path):
    roster = [["name", "id", "group"], ["Kim", "1", "Team 1"], ["Sam", "2", "Team 1"], ["Zoe", "3", "Team 2"]]
    returned(tmp_path, graded("Team 1", 5.0), roster=roster)
    _, *people = rows(tmp_path / "canvas.csv")
    assert [(person["Student"], person["SIS User ID"], person["a1"]) for person in people] == [
        ("Kim", "1", "5"),
        ("Sam", "2", "5"),
    ]


def test_what_is_not_confirmed_or_still_to_mark_is_not_handed_on(tmp_path):
    waiting = graded("moesam_124", text="words", source="c.zip/moesam_124_457_a1.ipynb", canvas_id="124")
    returned(tmp_path, graded("leekim_123", **CANVAS), waiting, unconfirmed={"leekim_123": "withdrawn"})
    _, kim, sam = rows(tmp_path / "canvas.csv")
    assert (kim["a1"], sam["a1"]) == ("", "")
    assert list(packed(tmp_path / "feedback_canvas.zip")) == ["moesam_124_457_a1.html"]


def test_names_that_a_spreadsheet_could_run_are_quoted(tmp_path):
    returned(tmp_path, graded("=cmd|calc!A0", 4.5))
    with (tmp_path / "canvas.csv").open(newline="") as file:
        assert list(csv.reader(file))[2][0] == "'=cmd|calc!A0"


def test_a_column_that_is_not_clear_is_refused():
    columns = ["Student", "A1 part one (5)", "A1 part two (6)", "A10 (7)"]
    with pytest.raises(records.ResultsError, match="several columns for a1"):
        returns.column_for(columns, "a1")
    assert returns.column_for(columns, "a10") == "A10 (7)" and returns.column_for(columns, "a2") == ""
