"""Who handed in the same: answers compared question by question, by their normal form (normal_form.py).

What is short has one natural form and is left out, and so is a middling answer that much of the class writes alike.
A list of whom to look at, never a verdict: two who learned together write alike.
"""

from collections import defaultdict
from itertools import combinations

SHORT = 40  # nodes of a syntax tree, about three lines: below, an answer is forced
LONG = 200  # from here on, nobody writes the same by chance
NATURAL = 0.15  # of the class: a form between the two that more than this share have is how one writes it
FEW = 4  # … or at most so many students, in a small class
TELLING = 80  # nodes that two share in all: below, they agree by chance


def pairs(records) -> list[tuple[tuple[str, str], list[str]]]:
    """[((name, name), questions that they answered in the same form)], most questions first."""
    holders, sizes = defaultdict(list), {}
    for record in records.values():
        for question, answer in (record.get("answers") or {}).items():
            if isinstance(answer, dict) and answer["size"] >= SHORT:
                holders[question, answer["form"]].append(record["name"])
                sizes[question, answer["form"]] = answer["size"]
    usual = max(FEW, NATURAL * len(records))
    shared = defaultdict(list)
    for (question, form), names in holders.items():
        if len(names) <= usual or sizes[question, form] >= LONG:
            for pair in combinations(sorted(names), 2):
                shared[pair].append((question, sizes[question, form]))
    found = [(pair, sorted(question for question, _ in told)) for pair, told in shared.items()
             if sum(size for _, size in told) >= TELLING]  # fmt: skip
    return sorted(found, key=lambda each: (-len(each[1]), each[0]))
