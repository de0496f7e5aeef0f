"""What a learning platform takes back: a table of scores, and a zip of feedback pages.

    canvas.csv       Gradebook, Import                      feedback_canvas.zip      the assignment, Upload Submissions
    moodle.csv       Upload grading worksheet               feedback_moodle.zip      Upload multiple feedback files
    brightspace.csv  Grades, Enter Grades, Import
    blackboard.csv   Gradebook, Upload

README.md names the source of each form. A platform is recognised by its own names in the download, or by its table,
given as the roster, which is then returned filled in. What a platform takes back in no form that its maker or its
source documents is not made, and said (`untold`). An empty cell leaves the platform's grade as it is: that of a
result that the last run did not confirm, or of an answer that a person has still to mark.
"""

import csv
import io
import re
import zipfile
from pathlib import Path

from .gradebook import Entry, Settings
from .inbox import file_names
from .marks import GRADED
from .records import ResultsError, write_atomically
from .tables import number, write_table

PLATFORMS = ("canvas", "moodle", "blackboard", "brightspace")
# A submission's file or folder as the platform names it, anywhere in the path.
NAMES = {
    "moodle": re.compile(r"(?P<name>[^/\\]+)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?=[/\\]|_|$)", re.IGNORECASE),
    "blackboard": re.compile(r"(?:^|[/\\])[^/\\]+?_(?P<user>[^_/\\]+)_attempt_\d{4}(-\d\d){5}"),
    "brightspace": re.compile(r"(?:^|[/\\])(?P<id>\d+(-\d+)?) - (?P<name>[^/\\]+?) - [^/\\]+"),
    "canvas": re.compile(r"(?:^|[/\\])(?P<file>[^/\\]+?(_late)?_(?P<id>\d+)_\d+_[^/\\]+)(?=[/\\]|$)", re.IGNORECASE),
}
# The columns by which platforms find a student again.
IDENTITY = {"student", "id", "sis user id", "sis login id", "integration id", "root account", "section", "last name",
            "first name", "username", "student id", "orgdefinedid"}  # fmt: skip


def platform_of(source: str) -> tuple[str, re.Match] | tuple[str, None]:
    """(which platform's name stands in a file's path, the match), or ("", None)."""
    for platform, pattern in NAMES.items():
        if found := pattern.search(source):
            return platform, found
    return "", None


def _platform(entry: Entry):
    """`platform_of` the name that the platform gave; what a student's own zip holds says nothing."""
    platform, found = platform_of(entry.final.get("outer", entry.final.get("source", "")))
    return (platform, found) if entry.final.get("lms", platform).casefold() == platform else ("", None)


def write(folder, title: str, entries: list[Entry], settings: Settings) -> list[str]:
    """All tables and zips for the platforms that are known for these entries; their names."""
    folder, form = Path(folder), settings.roster.form
    seen = {_platform(entry)[0] for entry in entries} | {form, "canvas"}
    most = next((number(entry.max_score) for entry in entries if entry.max_score is not None), "")
    made = []
    for platform in PLATFORMS:
        if platform not in seen:
            continue
        if form == platform:
            columns, rows = _filled(title, entries, settings, most)
        else:
            columns, rows = FRESH[platform](title, entries, most)
        if rows:
            name = f"{platform}.csv"
            quoting = csv.QUOTE_ALL if platform == "blackboard" else csv.QUOTE_MINIMAL
            write_table(folder / name, columns, rows, quoting)
            made.append(name)
        if pages := _pages(folder, platform, entries):
            made.append(f"feedback_{platform}.zip")
            write_atomically(folder / made[-1], _zip(pages))
    return made


def untold(entries: list[Entry], settings: Settings) -> list[str]:
    """What of these results cannot go back by a table or a zip, in sentences."""
    found = [entry for entry in entries if not entry.unconfirmed]
    nameless = sum(_is_nameless(entry) for entry in found)
    seen, told = {_platform(entry)[0] for entry in found} | {settings.roster.form}, []
    if nameless:
        told.append(
            f"Canvas takes back neither scores nor pages of anonymous submissions ({nameless} here): give a roster "
            "with the columns code and id, or download them with names"
        )
    if "brightspace" in seen:
        if not any(person.id or person.user for entry in found for person in entry.people):
            told.append("Brightspace takes back scores by its own table only: give its export with --roster")
        told.append("For Brightspace there is no zip of feedback, since its form is not documented: attach the pages")
    if "blackboard" in seen:
        told.append("For Blackboard there is no zip of feedback, since it takes none back: attach the pages")
    return told


def _is_nameless(entry: Entry) -> bool:
    return entry.final.get("lms") == "Canvas, anonymous" and not entry.people


def _score(entry: Entry) -> str:
    """What the platform is told: nothing where the score is not final or not confirmed."""
    return number(entry.score) if entry.counts and entry.status in GRADED else ""


# The platform's own table, filled in ---------------------------------------------------------------------------------


def column_for(columns, title: str) -> str:
    """The column of a platform's table that holds an assignment's grade: the one that bears its name as a word.

    "" when there is none; ResultsError when there are several.
    """
    word = re.compile(rf"(?<!\w){re.escape(title)}(?!\w)", re.IGNORECASE)
    found = [name for name in columns if word.search(name)]
    if len(found) > 1:
        raise ResultsError(f"the roster has several columns for {title} ({', '.join(found)}): leave one of them in it")
    return found[0] if found else ""


def _filled(title, entries, settings, most):
    roster = settings.roster
    target = (
        "Grade" if roster.form == "moodle" else column_for(roster.columns, title) or _new_column(roster.form, title)
    )
    # Other assignments' columns stay out: by the time of the upload the platform may have newer grades in them.
    kept = [name for name in roster.columns if roster.form == "moodle" or name.casefold() in IDENTITY]
    columns = kept if target in kept else [*kept, target]
    columns += ["End-of-Line Indicator"] * (roster.form == "brightspace")
    scores = dict.fromkeys(roster.people, "")
    for entry in entries:
        scores |= {person: _score(entry) for person in entry.people if not scores[person]}
    rows = []
    if roster.form == "canvas":
        rows.append([most if name == target else "    Points Possible" * (not at) for at, name in enumerate(columns)])
    for person in roster.people:
        told = person.row | {"End-of-Line Indicator": "#"}
        if roster.form != "moodle" or scores[person]:  # in Moodle's own worksheet, a grade that is there stays
            told |= {target: scores[person]}
        rows.append([told.get(name, "") for name in columns])
    return columns, rows


def _new_column(form: str, title: str) -> str:
    return f"{title} Points Grade" if form == "brightspace" else title


# Tables made from the names in the download --------------------------------------------------------------------------


def _canvas(title, entries, most):
    rows = [["    Points Possible", "", "", "", "", most]]
    for entry in entries:
        if _is_nameless(entry):
            continue
        for person in entry.people or (None,):
            # Canvas's own number only: a school's student number in its place would be another student's.
            name, sis, user = (person.name, person.sis or person.id, person.user) if person else (entry.name, "", "")
            rows.append(
                [name, entry.final.get("canvas_id", ""), sis, user, person.section if person else "", _score(entry)]
            )
    return ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title], rows


def _moodle(title, entries, most):
    rows = []
    for entry, found in _of("moodle", entries):
        rows.append([f"Participant {found['id']}", found["name"], _score(entry), most, "-"])
    return ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)"], rows


def _blackboard(title, entries, most):
    rows = []
    for entry, found in _of("blackboard", entries):
        first, _, last = entry.people[0].name.rpartition(" ") if entry.people else ("", "", "")
        rows.append([last, first, found["user"], _score(entry)])
    return ["Last Name", "First Name", "Username", title], rows


def _brightspace(title, entries, most):
    rows = []
    for entry in entries:
        for person in entry.people:
            if person.id or person.user:
                rows.append([person.id, person.user, _score(entry), "#"])
    return ["OrgDefinedId", "Username", f"{title} Points Grade", "End-of-Line Indicator"], rows


FRESH = {"canvas": _canvas, "moodle": _moodle, "blackboard": _blackboard, "brightspace": _brightspace}


def _of(platform, entries):
    for entry in entries:
        name, found = _platform(entry)
        if name == platform:
            yield entry, found


# Feedback ------------------------------------------------------------------------------------------------------------


def _pages(folder, platform, entries) -> dict[str, bytes]:
    """{place in the zip: page}, each place the one by which the platform finds the student again."""
    pages, files = {}, file_names(entry.name for entry in entries)
    for entry, found in _of(platform, entries):
        page = Path(folder) / "feedback" / f"{files[entry.name]}.html"
        if entry.unconfirmed or not page.is_file():
            continue
        if platform == "canvas":
            # Canvas takes the first two numbers between underscores, and a group may be called team_1.
            who, _, rest = found["file"].partition(f"_{entry.final.get('canvas_id') or found['id']}_")
            if rest and any(part.isdigit() for part in who.split("_")):
                who = who.replace("_", "-")
            place = who + re.sub(r"\.\w+$", "", found["file"][len(who) :]) + ".html"
        elif platform == "moodle":
            place = f"{found['name']}_{found['id']}_assignsubmission_file_/feedback.html"
        else:
            continue
        pages[place] = page.read_bytes()
    return pages


def _zip(pages) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(pages.items()):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
