"""Sentences for students, made so that they can be told in another language.

`say("{used:,} MACs are too many.", used=12345)` gives English text that remembers its template and what was filled in.
Processes and results.jsonl hand both on as plain data (`parts`); languages.py looks the template up when a page is
made. The names are gettext's keywords: what is written in `say(...)` is what goes into a catalogue.
"""

import json
import re
import string

SLOT = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
LONGEST = 4000  # characters of a sentence: a hostile process may hand over templates that repeat themselves
DEEPEST = 8  # sentences inside one another


class Sentence(str):
    """English text and its `parts`: each is text as it stands, or [template, {name: parts of what is filled in}]."""

    parts: list

    def __new__(cls, parts):
        made = super().__new__(cls, told(parts))
        made.parts = parts
        return made

    def __add__(self, other):
        return Sentence([*self.parts, *parts_of(other)])

    def __radd__(self, other):
        return Sentence([*parts_of(other), *self.parts])


def say(template: str, /, **values) -> Sentence:
    """The sentence, with {name} or {name:format} filled in as `str.format` does.

    A value may be a sentence itself, or an exception, whose text it then is.
    """
    if not values:
        return Sentence([[template, {}]])
    found = {}
    for _, name, form, _ in string.Formatter().parse(template):
        if name:
            value = of_error(values[name]) if isinstance(values[name], BaseException) else values[name]
            found[name] = value.parts if isinstance(value, Sentence) else [format(value, form)]
    return Sentence([[template, found]])


def parts_of(text) -> list:
    """What a text was made of."""
    return text.parts if isinstance(text, Sentence) else [str(text)]


def told(parts, translate=str) -> str:
    """The text of these parts, each template as `translate` gives it."""
    return "".join(part if isinstance(part, str) else _filled(part, translate) for part in parts)[:LONGEST]


def _filled(part, translate) -> str:
    template, values = part
    if not values:
        return translate(template)
    filled = {name: told(value, translate) for name, value in values.items()}
    return SLOT.sub(lambda slot: filled.get(slot[1], slot[0]), translate(template))


def mapped(parts, change) -> list:
    """The same parts with `change` applied to every text that is no template."""
    return [
        change(part)
        if isinstance(part, str)
        else [part[0], {name: mapped(value, change) for name, value in part[1].items()}]
        for part in parts
    ]


def is_composed(text) -> bool:
    """Whether a text is more than one template without slots, which its words alone would find in a catalogue."""
    return isinstance(text, Sentence) and text.parts != [[str(text), {}]]


def in_a_row(sentences, between: str = " ") -> Sentence:
    """Several texts as one."""
    return Sentence([part for n, each in enumerate(sentences) for part in [between] * (n > 0) + parts_of(each)])


def listed(words) -> Sentence:
    """Words as "a, b and c"."""
    *first, last = words
    return say("{first} and {last}", first=in_a_row(first, ", "), last=last) if first else in_a_row([last])


def of_error(error: BaseException):
    """The text of an exception: the sentence that was raised, if it was one."""
    given = error.args[0] if len(error.args) == 1 else None
    return given if isinstance(given, Sentence) else str(error)


def cut(text, most: int):
    """A text, or its first `most` characters as plain text."""
    return text if len(text) <= most else str(text)[:most]


# From one process to another -----------------------------------------------------------------------------------------


def sent(text) -> str:
    """A text as JSON, for a process that reads it by `received`."""
    return json.dumps(parts_of(text))


def received(data: str, most: int):
    """What a process that is not to be trusted has sent: whatever it is becomes a text of `most` characters."""
    try:
        found = Sentence(_checked(json.loads(data[: 8 * LONGEST])))
    except (ValueError, TypeError, RecursionError):
        return data[:most]
    return cut(found, most)


def _checked(parts, depth: int = 0) -> list:
    if not isinstance(parts, list) or depth > DEEPEST:
        raise TypeError
    checked = []
    for part in parts:
        if not isinstance(part, str):
            template, values = part
            if not isinstance(template, str) or not isinstance(values, dict):
                raise TypeError
            part = [template, {name: _checked(value, depth + 1) for name, value in values.items()}]
        checked.append(part)
    return checked
