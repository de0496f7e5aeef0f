"""Files that are no notebooks: whoever handed one in reads what it is instead."""

import json
import re

import pytest
from classroom import handed_in

from autograder import broken
from autograder.notebook import UnreadableSubmissionError, parse_notebook

WHOLE = handed_in()
MERGED = WHOLE.replace('\n "cells": [', '\n<<<<<<< HEAD\n "cells": [\n=======\n "cells": [\n>>>>>>> mine\n', 1)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "is empty"),
        (b"\0" * 500, "is empty"),
        (b"\xef\xbb\xbf<!DOCTYPE html>\n<html>log in</html>", "is a web page"),
        (b"  <HTML><body>404</body>", "is a web page"),
        (MERGED.encode(), "merge conflict"),
        (WHOLE.encode()[:300], "ends in the middle"),
        (WHOLE.encode().rstrip()[:-1], "ends in the middle"),
        (WHOLE.replace(":", "", 1).encode(), "is damaged in line"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04\x14\0", "a zip or Office file"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"import numpy as np\n", "does not begin as one does"),
        (b"[1, 2]", "it has no cells"),
        (json.dumps({"data": 1}).encode(), "it has no cells"),
        (b"[" * 100_000, "nested too deep|does not begin"),
    ],
)
def test_what_is_no_notebook_is_named(data, told):

    assert re.search(told, broken.why(data))
    with pytest.raises(UnreadableSubmissionError, match=r"^kim\.ipynb (is|ends|holds) .*"):
        parse_notebook(data, "kim.ipynb")


def test_every_cut_of_a_notebook_is_told_as_a_cut_or_as_damage():
    data = WHOLE.encode().rstrip()
    told = [broken.why(data[:end]) for end in range(10, len(data), 7)]
    assert all("ends in the middle" in text for text in told)


def test_a_notebook_is_left_alone():
    for text in (WHOLE, "\ufeff" + WHOLE, handed_in({"t1-q1": "'''\n<<<<<<<\n=======\n>>>>>>>\n'''"})):
        assert broken.why(text.encode()) == ""
