"""The roster: whose a submission is, who is late and what that costs, who has not handed in."""

import pytest
from classroom import rows
from made import Page, graded, kept, table, tables

from autograder import feedback, gradebook, records
from autograder.lateness import Rule
from autograder.roster import read_roster

OWN = [
    ["Name", "ID", "User", "Section", "Group", "Code", "extension_days"],
    ["Kim Lee", "123", "klee", "A", "Team 1", "c07", ""],
    ["Kim Lee", "124", "klee2", "B", "Team 2", "c08", ""],
    ["Sam O'Hara", "125", "sohara", "A", "Team 1", "c09", "2"],
    ["Žoë Ångström", "126", "zoe", "B", "", "c10", ""],
]


@pytest.fixture
def roster(tmp_path):
    return read_roster(table(tmp_path / "roster.csv", *OWN))


@pytest.mark.parametrize(
    ("name", "student_id", "ids"),
    [
        ("leekim_123", "123", ["123"]),  # Canvas
        ("Kim Lee_124", "", ["124"]),  # Moodle
        ("sohara", "", ["125"]),  # Blackboard
        ("oharasam", "", ["125"]),
        ("Sam O'Hara", "", ["125"]),
        ("O'Hara, Sam", "", ["125"]),
        ("žoë ångström", "", ["126"]),
        ("c08", "", ["124"]),
        ("Team 1", "", ["123", "125"]),
        ("team1", "", ["123", "125"]),
        ("sohara~0123abcd", "", ["125"]),
    ],
)
def test_a_submission_is_found_by_id_user_code_name_or_group(name, student_id, ids, roster):
    people, unclear = roster.owners(name, student_id)
    assert ([person.id for person in people], unclear) == (ids, "")


def test_brightspaces_own_number_is_not_taken_for_the_schools(roster):
    """Its folders bear a number that may be another student's in the table: it only tells people of one name apart."""
    people, unclear = roster.owners("Sam O'Hara_123", "123", "Brightspace")
    assert ([person.id for person in people], unclear) == (["125"], "")
    people, _ = roster.owners("Kim Lee_124", "124", "Brightspace")
    assert [person.id for person in people] == ["124"]
    people, unclear = roster.owners("Kim Lee_31", "31", "Brightspace")
    assert people == [] and "may be Kim Lee (123) and Kim Lee (124)" in unclear
    assert roster.owners("Max_123", "123", "Brightspace") == ([], "Max_123 is not in the roster")


def test_equal_names_are_not_guessed_and_strangers_are_named(roster):
    people, unclear = roster.owners("Kim Lee")
    assert people == [] and "may be Kim Lee (123) and Kim Lee (124)" in unclear
    assert roster.owners("max") == ([], "max is not in the roster")


@pytest.mark.parametrize(
    ("form", "columns", "row", "name", "person_id"),
    [
        ("canvas", ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "A1 (77)"],
         ["Lee, Kim", "123", "x9", "klee", "A", ""], "leekim_123", "123"),
        ("moodle", ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"],
         ["Participant 4711", "Kim Lee", "k@u.edu", "Submitted", "", "10"], "Kim Lee_4711", "4711"),
        ("blackboard", ["Last Name", "First Name", "Username", "Student ID", "A1 [Total Pts: 10 Score] |5"],
         ["Lee", "Kim", "klee", "123", ""], "klee", "123"),
        ("brightspace", ["OrgDefinedId", "Username", "A1 Points Grade", "End-of-Line Indicator"],
         ["#123", "#klee", "", "#"], "123", "123"),
    ],
)  # fmt: skip
def test_the_tables_of_the_platforms_are_rosters(form, columns, row, name, person_id, tmp_path):
    roster = read_roster(table(tmp_path / "r.csv", columns, row))
    ((person,), unclear) = roster.owners(name)
    assert (roster.form, person.id, unclear) == (form, person_id, "")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([["Section"], ["A"]], "must name the columns|needs a column that names people"),
        ([["Section", "Group"], ["A", "1"]], "needs a column that names people"),
        ([["name", "late_days"], ["Kim", "two"]], "entry 1: 'two' in late_days is not a number of days"),
        ([["name", "id"]], "names nobody"),
    ],
)
def test_a_roster_that_cannot_be_is_named(lines, told, tmp_path):
    with pytest.raises(records.ResultsError, match=told):
        read_roster(table(tmp_path / "r.csv", *lines))


def test_who_has_not_handed_in_is_listed(tmp_path):
    kept(tmp_path, graded("klee"), graded("Team 9"))
    gradebook.keep(tmp_path, {}, table(tmp_path / "given.csv", *OWN))
    tables(tmp_path)
    found = {row["id"] or row["submission"]: row for row in rows(tmp_path / "grades.csv")}
    assert (found["123"]["submission"], found["123"]["section"], found["123"]["code"]) == ("klee", "A", "c07")
    assert {key for key, row in found.items() if row["status"] == "not handed in"} == {"124", "125", "126"}
    assert "Team 9 is not in the roster" in found["Team 9"]["remarks"]


def test_two_submissions_of_one_person_are_left_to_the_instructor(tmp_path):
    kept(tmp_path, graded("klee", 6.0), graded("Kim Lee_123", 2.0), graded("sohara"))
    gradebook.keep(tmp_path, {}, table(tmp_path / "given.csv", *OWN))
    made = {entry.name: entry for entry in tables(tmp_path)}
    assert not made["klee"].counts and not made["Kim Lee_123"].counts and made["sohara"].counts
    assert "Kim Lee_123 is the same person's" in made["klee"].unconfirmed


# Lateness -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "days", "cost"),
    [
        (Rule(penalty=10), 0, 0),
        (Rule(penalty=10), 0.1, 1),
        (Rule(penalty=10), 1, 1),
        (Rule(penalty=10), 1.01, 2),
        (Rule(penalty=10, free=2), 2, 0),
        (Rule(penalty=10, free=2), 2.5, 1),
        (Rule(penalty=20, most=50), 9, 5),
        (Rule(), 9, 0),
    ],
)
def test_each_day_begun_costs_what_the_rule_says(rule, days, cost):
    assert rule.cost(days, 10) == cost


def late_class(folder, *made, **rule):
    kept(folder, *made)
    gradebook.keep(folder, rule, table(folder / "given.csv", *OWN))
    return {entry.name: entry for entry in tables(folder)}


def test_the_time_of_the_platform_counts_less_the_extension(tmp_path):
    late = {"handed_in": "2026-10-03T12:00:00+00:00"}
    made = late_class(
        tmp_path, graded("klee", 6.0, **late), graded("sohara", 6.0, **late),
        graded("zoe", 1.0, handed_in="2026-12-01T00:00:00+00:00"),
        due="2026-10-01T23:59:00+00:00", penalty=10.0,
    )  # fmt: skip
    assert (made["klee"].days, made["klee"].penalty, made["klee"].score) == (1.5007, pytest.approx(1.2), 4.8)
    assert (made["sohara"].days, made["sohara"].score) == (0, 6)
    assert made["zoe"].score == 0  # never below
    klee = next(row for row in rows(tmp_path / "grades.csv") if row["submission"] == "klee")
    assert (klee["score"], klee["penalty"], klee["late_days"]) == ("4.8", "1.2", "1.5")
    words = Page(feedback.page_of(made["klee"], gradebook.load(tmp_path))).words
    assert "2 days late: 10 % of the points for each day begun" in words and "−1.2" in words


def test_a_mark_of_lateness_without_a_time_counts_as_one_day(tmp_path):
    made = late_class(tmp_path, graded("klee", 6.0, late=True), graded("zoe", 6.0), penalty=50.0)
    assert (made["klee"].score, made["zoe"].score) == (3, 6)


def test_late_days_of_the_roster_count_before_all_else(tmp_path):
    kept(tmp_path, graded("klee", 6.0, late=True))
    path = table(tmp_path / "given.csv", ["user", "late_days"], ["klee", "3"])
    gradebook.keep(tmp_path, {"penalty": 10.0}, path)
    (entry,) = tables(tmp_path)
    assert (entry.days, entry.penalty) == (3, pytest.approx(1.8))


def test_the_rule_and_the_roster_are_kept_until_they_are_given_anew(tmp_path):
    path = table(tmp_path / "given.csv", *OWN)
    gradebook.keep(tmp_path, {"penalty": 10.0, "due": None}, path)
    path.unlink()
    settings = gradebook.keep(tmp_path, {"penalty": None, "free": 1.0}, None)
    assert settings.rule == Rule(penalty=10, free=1) and len(settings.roster.people) == 4
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(records.ResultsError, match=r"settings\.json is damaged"):
        gradebook.load(tmp_path)
