"""Whose file is it? What each learning platform calls the files of its download (DOWNLOADS.md, with the sources).

Only names that the platform itself gave are looked at: those of the outermost files and folders of a class. What a
student called a file stands behind the platform's part of the name and decides nothing here.
"""

import contextlib
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

NOTEBOOK = re.compile(r"\.ipynb( ?\(\d+\))?(\.(txt|json|ipynb))*$", re.IGNORECASE)  # browsers add endings
ENDING = re.compile(rf"({NOTEBOOK.pattern})|\.zip$|\.\w+$", re.IGNORECASE)

CANVAS = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<id>\d+)_(?P<file_id>\d+)_(?P<file>.+)", re.DOTALL)
CANVAS_TEXT = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<id>\d+)_(?P<file>text\.html|link\.html)")
CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?anon_(?P<id>[A-Za-z0-9]+)_((?P<file_id>\d+)_)?(?P<file>.+)", re.DOTALL)
MOODLE = re.compile(r"(?P<name>[^_]+)(_(?P<id>\d+))?_assignsubmission_(?P<kind>[a-z]+)(_(?P<file>.*))?", re.DOTALL)
# A folder's name ends with Moodle's own mark, so what looks like one before it belongs to the person's name.
MOODLE_FOLDER = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<file>)", re.DOTALL)
BLACKBOARD = re.compile(
    r"(?P<name>.+?)_attempt_(?P<date>\d{4}(-\d\d){5})(_(?P<file>.+)|\.txt)", re.DOTALL | re.IGNORECASE
)
CLOCK = r"\d{4} \d{1,2}[:_]?\d\d( ?[AP]M)?"
BRIGHTSPACE = re.compile(
    rf"(?P<id>\d+)(-\d+)? - (?P<name>.+?) - (?P<date>([^\W\d]+\.? \d{{1,2}}|\d{{1,2}} [^\W\d]+\.?), {CLOCK})"
    r"( - (?P<file>.+))?",
    re.DOTALL | re.IGNORECASE,
)
# The same with a date as another language writes it: whose it is can be read, which attempt is the last cannot.
BRIGHTSPACE_ELSEWHERE = re.compile(
    r"(?P<id>\d+)-\d+ - (?P<name>.+?) - (?P<date>((?! - ).)*(?<!\d)\d{4}(?!\d)((?! - ).)*?)( - (?P<file>.+))?",
    re.DOTALL,
)
SAKAI = re.compile(r"(?P<name>[^()]+,[^()]*)\((?P<id>[^()]+)\)(_(?P<file>.+))?", re.DOTALL)
SAKAI_KIND = re.compile(r"Submission attachment\(s\)_")
SAKAI_FEEDBACK = "Feedback Attachment(s)"  # what the instructor gave back
ILIAS = re.compile(r"[^_]+_[^_]+_.+_(?P<id>\d+)")  # last name, first name, login, number
ILIAS_TEAM = re.compile(r"Team (?P<id>\d+)")
FORMS = (MOODLE, BLACKBOARD, BRIGHTSPACE, BRIGHTSPACE_ELSEWHERE, SAKAI, CANVAS_ANONYMOUS, CANVAS, CANVAS_TEXT)
GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")
GRADESCOPE_METADATA = "submission_metadata.yml"
NBGRADER = {"source", "release", "autograded", "feedback"}  # what stands beside nbgrader's submitted/


@dataclass(frozen=True)
class Owner:
    """Whose an outermost file or folder is.

    name: of the row; lms, id: who gave it a number, and which ("" for a plain file or folder); attempt: the platform's
    own mark of its time, later ones being greater ("" where a download holds the last attempt alone); file: what the
    student called it, "" for a folder; late: whether the platform says so; order: greater for later
    uploads of one student; note: what is not sure about it.
    """

    name: str
    lms: str = ""
    id: str = ""
    attempt: str = ""
    file: str = ""
    late: bool = False
    order: int = 0
    note: str = ""


def stem(name: str) -> str:
    """A file's name without its ending: kim of kim.ipynb, kim.ipynb.txt and kim.zip."""
    return ENDING.sub("", name) or name


def is_lms(name: str, folder: bool) -> bool:
    """Whether a platform gave this name to a student's file or folder."""
    if any(form.fullmatch(name) for form in FORMS if form is not CANVAS):
        return True
    return any(form.fullmatch(name) for form in ((ILIAS, ILIAS_TEAM, GRADESCOPE) if folder else (CANVAS,)))


def owners(outer: dict[str, bool], root: str = "", submitters=None) -> dict[str, Owner]:
    """{name: its owner} of the outermost files and folders of one class.

    outer: {name: whether it is a folder}. root: name of the folder that they stand in. submitters: {folder: [[name,
    id], …]} of Gradescope's metadata.
    """
    found: dict[str, Owner] = {}
    canvas, blackboard = {}, {}
    number = Counter(form for name in outer for form in FORMS if form.fullmatch(name))

    def by(form, name):
        """The match, unless more names of the class have another form that this one has too: a class has one platform,
        whatever a student calls a file."""
        most = max((number[other] for other in FORMS if other.fullmatch(name)), default=0)
        return form.fullmatch(name) if number[form] == most else None

    slug = root.removesuffix("-submissions") + "-" if root.endswith("-submissions") else None
    for name, folder in outer.items():
        if match := (folder and MOODLE_FOLDER.fullmatch(name)) or by(MOODLE, name):
            unique = f"_{match['id']}" if match["id"] else ""
            found[name] = Owner(match["name"] + unique, "Moodle", match["id"] or "", file=match["file"] or "")
        elif match := by(BLACKBOARD, name):
            blackboard[name] = match
        elif match := by(BRIGHTSPACE, name) or by(BRIGHTSPACE_ELSEWHERE, name):
            about = {"attempt": _date(match["date"]), "file": match["file"] or ""}
            found[name] = Owner(f"{match['name']}_{match['id']}", "Brightspace", match["id"], **about)
        elif match := by(SAKAI, name):
            file = SAKAI_KIND.sub("", match["file"] or "")
            found[name] = Owner(f"{match['name'].strip()}_{match['id']}", "Sakai", match["id"], file=file)
        elif match := by(CANVAS_ANONYMOUS, name):
            about = _canvas_marks(match["late"], match["file"], int(match["file_id"] or 0))
            found[name] = Owner(f"anon_{match['id']}", "Canvas, anonymous", match["id"], **about)
        elif match := by(CANVAS, name):
            canvas[name] = match
        elif match := by(CANVAS_TEXT, name):
            about = _canvas_marks(match["late"], match["file"])
            found[name] = Owner(f"{match['name']}_{match['id']}", "Canvas", match["id"], **about)
        elif folder and submitters and submitters.get(name):
            people = submitters[name]
            numbers = " + ".join(filter(None, (number for _, number in people)))
            called = " + ".join(person or name for person, _ in people)
            unique = numbers or GRADESCOPE.fullmatch(name)["id"]
            found[name] = Owner(f"{called}_{unique}", "Gradescope", numbers)
        elif folder and (match := GRADESCOPE.fullmatch(name)):
            found[name] = Owner(name, "Gradescope", match["id"])
        elif folder and (match := ILIAS.fullmatch(name) or ILIAS_TEAM.fullmatch(name)):
            found[name] = Owner(name, "ILIAS", match["id"])
        elif folder and slug and name.startswith(slug) and name != slug:
            found[name] = Owner(name.removeprefix(slug), "GitHub", name.removeprefix(slug))
        else:
            found[name] = Owner(name if folder else stem(name), file="" if folder else name)
    found |= _canvas(canvas) | _blackboard(blackboard)
    # macOS writes accents in two characters when it packs again: a platform's name is one name either way
    return {name: replace(one, name=composed(one.name)) if one.lms else one for name, one in found.items()}


def composed(text: str) -> str:
    """`text` with each accent in one character with its letter (Unicode's form NFC)."""
    return unicodedata.normalize("NFC", text)


def people_in(paths) -> list[str]:
    """The students whom a platform's names tell apart inside a plain folder or zip, at any depth; [] for one or none.

    paths: parts of all files below it. One student's files may be called like that by chance, as hw_1_2.ipynb and
    hw_2_1.ipynb are, or folders submission_1 and submission_2: names that differ in numbers alone tell nobody apart.
    """
    beside: dict[tuple, dict[str, bool]] = defaultdict(dict)
    exported = {parts[:-1] for parts in paths if parts[-1] == GRADESCOPE_METADATA}
    for parts in paths:
        for at, name in enumerate(parts):
            folder = at + 1 < len(parts)
            if (folder or NOTEBOOK.search(name) or name.endswith(".zip")) and is_lms(name, folder):
                beside[parts[:at]][name] = folder
                break
    for where, outer in beside.items():
        found = {one for one in owners(outer).values() if one.lms}
        called = {one.name for one in found}
        by_chance = where not in exported and {"Canvas", "ILIAS", "Gradescope"}.issuperset(one.lms for one in found)
        if len({re.sub(r"_\d+$", "", name) for name in called} if by_chance else called) > 1:
            return sorted(called)
    return []


def _canvas(matches) -> dict[str, Owner]:
    """Canvas's names. A group called team_1 gives team_1_123_900_file.ipynb, in which 1 could be a student's number.

    A group's name can end like that, a student's file can begin like that ("2_a1.ipynb"). It is a group's where two
    names differ in this number alone, and not where a student's number would then be in use twice.
    """
    unclear = {name: match for name, match in matches.items() if not match["late"] and _starts(match["file"])}
    sure = {match["id"]: match["name"] for name, match in matches.items() if name not in unclear}
    numbers: dict[str, set] = defaultdict(set)
    files: dict[str, list] = defaultdict(list)
    for match in unclear.values():
        numbers[match["name"]].add(match["id"])
        files[match["name"]].append(_starts(match["file"])[1])
    found = {}
    for name, match in matches.items():
        who, number, upload, file, note = match["name"], match["id"], match["file_id"], match["file"], ""
        if name in unclear:
            starts, alike = _starts(file), files[who]
            group = len(numbers[who]) > 1 and len(set(alike)) == len(alike)
            if group or sure.get(number, who) != who:
                who, number, upload, file = f"{who}_{number}", upload, starts[1], file[starts.end() :]
            elif who not in sure.values():
                note = f"read as {who}, number {number} in Canvas; were {who}_{number} a group, it would be another"
        about = _canvas_marks(match["late"], file, int(upload))
        found[name] = Owner(f"{who}_{number}", "Canvas", number, note=note, **about)
    return found


def _canvas_marks(late, file: str, upload: int = 0) -> dict:
    """Of an attempt all files are late or none is: where a student has both, late ones are of a later attempt."""
    return {"attempt": "late" if late else "", "late": bool(late), "file": file, "order": upload}


def _starts(file: str):
    return re.match(r"(\d+)_(?=.)", file)


def _blackboard(matches) -> dict[str, Owner]:
    """Blackboard's names: the assignment's, which all files share, then the student's user name, then the attempt."""
    heads = sorted({match["name"] for match in matches.values()})
    same = next((at for at, letters in enumerate(zip(*heads, strict=False)) if len(set(letters)) > 1), 0)
    shared = heads[0][: heads[0].rfind("_", 0, same) + 1] if len(heads) > 1 else ""
    found = {}
    for name, match in matches.items():
        head = match["name"]
        user = head.removeprefix(shared) if shared else head.rpartition("_")[2]
        found[name] = Owner(user or head, "Blackboard", user, match["date"], match["file"] or "")
    return found


def moment(owner: Owner) -> str:
    """When the platform says that an attempt was handed in, as "2024-10-01 12:30" with or without seconds; or ""."""
    if owner.lms == "Blackboard":
        day, clock = owner.attempt[:10], owner.attempt[11:].replace("-", ":")
        return f"{day} {clock}"
    return owner.attempt if owner.lms == "Brightspace" and not owner.attempt.startswith("?") else ""


def _date(text: str) -> str:
    """Brightspace's date ("Sep 29, 2015 417 PM") so that later ones are greater; "? …" where it is not to be read."""
    first = re.sub(r"^(\d+) (\D+),", r"\2 \1,", text)  # the day first, as in Britain
    match = re.fullmatch(r"(\D+ \d+), (\d+) (\d{1,2})[:_]?(\d\d) ?([AP]M)?", first, re.IGNORECASE)
    if not match:
        return f"? {text}"
    day, year, hour, minute, half = match.groups("")
    for month in ("%b", "%B"):
        with contextlib.suppress(ValueError):
            clock = f"{hour}:{minute} {half.upper()}".strip()
            form = f"{month} %d, %Y " + ("%I:%M %p" if half else "%H:%M")
            return datetime.strptime(f"{day.replace('.', '')}, {year} {clock}", form).strftime("%Y-%m-%d %H:%M")
    return f"? {text}"
