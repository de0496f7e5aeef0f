"""The notebook of explanations that goes out with the pages of feedback, where the instructor asks for it.

It stands in each page itself, as what a link saves: a page needs no other file, whatever platform it goes through.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path


class AttachmentError(Exception):
    """A file that cannot go out with the pages; the message says why and what to do."""


@dataclass(frozen=True)
class Attachment:
    """A file's name, and its content as an address that a link can save."""

    name: str
    address: str


def attachment(path, assignment) -> Attachment:
    """What `release NAME --with-answers` wrote, to go out with the feedback on `assignment`.

    AttachmentError for what is no notebook, for the solution itself, whose cells can be handed in, and for another
    assignment's answers.
    """
    path = Path(path)
    make = f"make it with `python course.py release {assignment.name} --with-answers`"
    try:
        data = path.read_bytes()
        cells = json.loads(data)["cells"]
        title = "".join(cells[0]["source"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise AttachmentError(f"--answers {path}: not a notebook that can be read ({error}); {make}") from error
    if any("nbgrader" in cell.get("metadata", {}) for cell in cells):
        raise AttachmentError(f"--answers {path}: its cells are graded ones, as the solution's are; {make}")
    if not title.startswith(f"# {assignment.name} "):
        raise AttachmentError(f"--answers {path}: its title is not that of {assignment.name}; {make}")
    return Attachment(path.name, f"data:application/x-ipynb+json;base64,{base64.b64encode(data).decode()}")
