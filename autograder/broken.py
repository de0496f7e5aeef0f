"""A file that is no notebook: what it is instead, in a sentence for whoever handed it in."""

import json

from .sentences import say

MERGE = (b"<<<<<<<", b"=======", b">>>>>>>")
KINDS = {
    b"%PDF": say("a PDF: hand in the .ipynb file itself, not a print of it"),
    b"PK\x03\x04": say("a zip or Office file: hand in the .ipynb file that is in it"),
    b"\x89PNG": say("a picture"),
    b"\xff\xd8\xff": say("a picture"),
    b"{\\rtf": say("a text document"),
    b"\x1f\x8b": say("a packed file: unpack it, and hand in the .ipynb file"),
}


def why(data: bytes) -> str:
    """What is wrong with the bytes of a file that should be a notebook; "" for one that may be a notebook.

    The sentence goes on after "kim.ipynb ": "is empty: …".
    """
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n\0")
    start = text[:2000].lower()
    if not text:
        return say("is empty: the upload or the download was cut off before it began. Hand the file in again.")
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        return say("is a web page, not a notebook: what was saved is the page around it. Use File, Download .ipynb.")
    for mark, kind in KINDS.items():
        if text.startswith(mark):
            return say("is not a notebook but {kind}.", kind=kind)
    try:
        document = json.loads(data)
    except RecursionError:
        return say("is not a notebook: its parts are nested too deep.")
    except (ValueError, UnicodeDecodeError) as error:
        return _torn(text, error)
    if not isinstance(document, dict) or not ("cells" in document or "worksheets" in document):
        return say("is a file of data (JSON) but no notebook: it has no cells. Is it the right file?")
    return ""


def _torn(text: bytes, error) -> str:
    """What is wrong with a text that is no JSON."""
    if {line[:7] for line in text.splitlines()}.issuperset(MERGE):
        return say(
            "holds two versions at once, as git leaves them after a merge conflict (lines of <<<<<<< and >>>>>>>). "
            "Keep one of them, open the notebook once to see that it works, and hand that in."
        )
    if not text.startswith(b"{"):
        return say("is not a notebook: it does not begin as one does. Is it the right file?")
    whole = text.decode("utf-8", "replace").rstrip()
    if not whole.endswith("}") or getattr(error, "pos", 0) >= len(whole) - 1 or "Unterminated" in str(error):
        return say("ends in the middle: it was cut off while it was saved or sent. Save it again and hand it in again.")
    if not hasattr(error, "lineno"):
        return say("is damaged, so that no program can open it. Save it again in JupyterLab or Colab.")
    return say(
        "is damaged in line {line}, so that no program can open it. Save it again in JupyterLab or Colab.",
        line=error.lineno,
    )
