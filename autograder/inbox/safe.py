"""Names that strangers chose, made safe to print, to put into a spreadsheet and to call a file."""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict

MAX_NAME = 80  # bytes of a name, so that name + ".html" is a file name everywhere
WINDOWS_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
SPLITTERS = ";,|"  # where a spreadsheet that reads a table otherwise than it was meant begins a new cell


def printable(text: str) -> str:
    """`text` without control characters: a file name or an error message must not steer the terminal, nor turn text."""
    return "".join(" " if _is_control(letter) else letter for letter in text)


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "C" or unicodedata.category(letter) in ("Zl", "Zp")


def _begins_a_formula(letter: str) -> bool:
    return unicodedata.normalize("NFKC", letter)[:1] in ("=", "+", "-", "@") or letter == "\N{MINUS SIGN}"


def safe_name(text: str) -> str:
    """`text` as a name that is safe as a file name on every system, in a terminal and in a spreadsheet."""
    name = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    name = "".join(letter for letter in name if not _is_control(letter))
    name = re.sub(r'[/\\:*?"<>|]', "_", name).strip(" .")
    name, starts = list(name), True
    for place, letter in enumerate(name):
        if starts and _begins_a_formula(letter):
            name[place] = "_"
        starts = letter in SPLITTERS or (starts and letter.isspace())
    name = "".join(name)
    if not name or WINDOWS_NAMES.match(name):
        name = "_" + name
    if len(name.encode()) > MAX_NAME:
        name = name.encode()[: MAX_NAME - 9].decode(errors="ignore").rstrip(" .") + "~" + mark(text)
    return name


def mark(text: str) -> str:
    """Eight letters that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def row_names(names) -> list[str]:
    """A safe name for each of these, in their order: each other than all others.

    Who needs no change keeps the name, whoever else is there; of the others, those that would take a name that is in
    use get a mark.
    """
    safe = [safe_name(name) for name in names]
    number = Counter(safe)
    taken = {plain for name, plain in zip(names, safe, strict=True) if name == plain}
    result, used = [], set()
    for place, (name, plain) in enumerate(zip(names, safe, strict=True)):
        if name != plain and (plain in taken or number[plain] > 1):
            plain = safe_name(f"{plain[:60]}~{mark(name)}")
        while plain in used:  # no two rows of one name, whatever happens
            plain = safe_name(f"{plain[:60]}~{mark(f'{name} {place}')}")
        taken.add(plain)
        used.add(plain)
        result.append(plain)
    return result


def file_names(names) -> dict[str, str]:
    """{name: what to call its files}, differing by more than upper and lower case, which some file systems take as one.

    Only the files get a mark, never the name itself: in every table KIM and kim are who they are.
    """
    alike = defaultdict(list)
    for name in names:
        alike[unicodedata.normalize("NFC", name).casefold()].append(name)
    found = {}
    for folded, group in alike.items():
        for name in group:
            alone = len(group) == 1 or name == folded
            found[name] = name if alone else safe_name(f"{name[:60]}~{mark(name)}")
    return found
