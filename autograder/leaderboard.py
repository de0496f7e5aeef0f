"""leaderboard.html and leaderboard.csv: the designs of those who chose a nickname, and nothing else about them.

A check asks for a row by `Finding.board`: {"nickname": text, "accuracy": share, "parameters": number, "macs": number}.
A nickname is a stranger's text that a whole class will read: it is made short and plain here, and escaped as all pages
and tables escape.
"""

import unicodedata
from pathlib import Path

from .gradebook import Entry
from .pages import render
from .records import write_atomically
from .tables import write_table

TABLE, PAGE = "leaderboard.csv", "leaderboard.html"
COLUMNS = ["place", "nickname", "right_percent", "parameters", "macs"]
LONGEST = 24  # characters of a nickname
BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that show nothing
ACCENTS = 2  # above one another; more would reach into other rows


def plain(nickname: str) -> str:
    """A nickname in one line, without what hides, turns or overlays text; "" where nothing to be seen is left."""
    text = unicodedata.normalize("NFKC", nickname[: 40 * LONGEST])
    kept, accents = [], 0
    for letter in text:
        kind = unicodedata.category(letter)
        accents = accents + 1 if kind in ("Mn", "Me") else 0
        if letter.isspace():
            kept.append(" ")
        elif kind[0] != "C" and letter not in BLANK and accents <= ACCENTS:
            kept.append(letter)
    return " ".join("".join(kept).split())[:LONGEST].strip()


def told_apart(nicknames) -> list[str]:
    """The nicknames, each only once: the second kim, or KIM, becomes "kim (2)"."""
    taken, found = set(), []
    for nickname in nicknames:
        name, number = nickname, 1
        while name.casefold() in taken:
            number += 1
            name = f"{nickname} ({number})"
        taken.add(name.casefold())
        found.append(name)
    return found


def rows(entries: list[Entry]) -> list[dict]:
    """The table, best first: {place, nickname, accuracy, parameters, macs}. Equal percentages share a place."""
    designs = [
        finding["board"] | {"nickname": plain(finding["board"]["nickname"])}
        for entry in entries
        if entry.counts
        for question in entry.final["questions"]
        for finding in question.get("findings", ())
        if finding.get("board")
    ]
    designs = [design | {"percent": f"{100 * design['accuracy']:.1f}"} for design in designs if design["nickname"]]
    designs.sort(key=lambda each: (-float(each["percent"]), each["macs"], each["parameters"], each["nickname"]))
    percents = [design["percent"] for design in designs]
    names = told_apart(design["nickname"] for design in designs)
    return [
        design | {"place": percents.index(design["percent"]) + 1, "nickname": name}
        for design, name in zip(designs, names, strict=True)
    ]


def write(folder, assignment: str, entries: list[Entry]) -> None:
    """Both files in `folder`, where someone chose a nickname, or did before."""
    folder, found = Path(folder), rows(entries)
    if not found and not (folder / TABLE).exists():
        return
    table = [[each[key] for key in ("place", "nickname", "percent", "parameters", "macs")] for each in found]
    write_table(folder / TABLE, COLUMNS, table)
    write_atomically(folder / PAGE, render("leaderboard.html", title=f"Leaderboard of {assignment}", rows=found))
