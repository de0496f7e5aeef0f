"""A student's language: which it is, and sentences (sentences.py) in it, from gettext's catalogues.

A catalogue is LANGUAGE/LC_MESSAGES/messages.mo: the grader's own sentences lie in locale/ here, those of the hidden
checks in locale/ beside the checks, where no submission can read them. What has no translation stays English.
"""

import functools
import gettext
import json
import re
from pathlib import Path

from .sentences import Sentence, say, told

DOMAIN, FOLDER = "messages", "locale"
HERE = Path(__file__).with_name(FOLDER)
ENGLISH = "en"
# As authoring/translating.py marks a notebook, and as it stands in the file whatever program has saved it.
MARK = re.compile(rb'"course"\s*:\s*\{\s*"language"\s*:\s*"([a-z]{2,3}(?:_[A-Z]{2})?)"')


class Language:
    """What tells sentences: call it with a sentence, or with text that may be one of a catalogue."""

    def __init__(self, code: str, folders):
        self.code = code if gettext.find(DOMAIN, HERE, [code]) else ENGLISH
        self.catalogue = gettext.NullTranslations()
        for folder in folders:
            self.catalogue.add_fallback(gettext.translation(DOMAIN, folder, [code], fallback=True))

    def __call__(self, text) -> str:
        if not text:
            return ""
        return told(text.parts if isinstance(text, Sentence) else [[text, {}]], self.catalogue.gettext)


@functools.cache
def language(code: str = ENGLISH, checks=None) -> Language:
    """The language of this code, with the sentences of the hidden checks in the file `checks`."""
    return Language(code or ENGLISH, [HERE, *([Path(checks).with_name(FOLDER)] if checks else [])])


def language_of(data: bytes) -> str:
    """The code of the language of a notebook's file, readable or not; "" for English.

    Its metadata say so; where a program has dropped them, the headings of its questions do.
    """
    if found := MARK.search(data):
        return found[1].decode()
    for path in sorted(HERE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        code = path.parts[-3]
        heading = "# " + language(code)(say("Question {number}", number=1)) + " ·"
        if heading.encode() in data or json.dumps(heading)[1:-1].encode() in data:
            return code
    return ""
