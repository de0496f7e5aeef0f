"""Fuzz what opens strangers' files: zips and notebooks with changed bytes, many to a process.

    python course.py bench fuzz                 100,000 of them, with 2 processes
    python course.py bench fuzz --number 2000 --seed 7

Each input is a class of its own: the changed zip is mallory's in a folder beside ann's notebook, then a class that was
named; the changed notebook is parsed as the grader parses it. A finding is: the process ends, an exception leaves the
inbox, ann's notebook is not what it was, or one input takes longer than SLOW seconds of processor time.
"""

import argparse
import contextlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BATCH, SLOW, MEMORY_MB = 250, 5.0, 1536
NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
WORDS = (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"../", b"\\", b"\0", b"\xff\xfe", b"\xed\xa0\x80")
TEXT = (b"[", b"]", b"{", b"}", b'"', b",", b":", b"null", b"1e999", b"-", b"\\ud800", b'"cells"', b"NaN", b"\\u0000")


# Inputs ---------------------------------------------------------------------------------------------------------------


def notebook(minor=5, **more) -> bytes:
    source = "%%time\ndef double(x):\n    return 2 * x"
    output = {"output_type": "stream", "name": "stdout", "text": ["1\n", "2\n"]}
    code = {"cell_type": "code", "id": "q1", "metadata": {"nbgrader": {"grade_id": "q1", "solution": True}}}
    code |= {"source": source, "outputs": [output], "execution_count": 1}
    text = {
        "cell_type": "markdown",
        "id": "m",
        "metadata": {},
        "source": ["# Why\n", "![x](data:image/png;base64,AAAA)"],
    }
    cells = [code, text, code | {"id": "q2", "source": ["def add(x):\n", "    return x + 1"]}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor} | more).encode()


def zipped(files, compression=zipfile.ZIP_DEFLATED, comment=b"", zip64=False) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", compression) as archive:
        warnings.simplefilter("ignore")
        for name, content in files:
            with archive.open(zipfile.ZipInfo(name, (2024, 10, 1, 12, 0, 0)), "w", force_zip64=zip64) as member:
                member.write(content)
        archive.comment = comment
    return target.getvalue()


def seeds() -> dict[str, list[bytes]]:
    """{"zip" or "notebook": inputs before they are changed}."""
    inner = zipped([("work/a1.ipynb", notebook()), ("helpers.py", b"x = 1")])
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1", "outputs": [], "language": "python"}]}]}
    zips = [
        inner,
        zipped([("a1.ipynb", notebook()), ("own.zip", inner), ("h\u00e9.ipynb", notebook(4))], comment=b"a comment"),
        zipped([("leekim_1_2_a1.ipynb", notebook()), ("moesam_3_4_w.zip", inner)], zipfile.ZIP_STORED),
        zipped([("Kim_4711_assignsubmission_file/a1.ipynb", notebook())], zip64=True),
        zipped([("submission_1/a1.ipynb", notebook()), ("submission_metadata.yml", METADATA)]),
        zipped([("Lee, Kim(k)/Submission attachment(s)/a.ipynb", notebook()), ("x/", b""), ("a.ipynb", b"")]),
    ]
    notebooks = [notebook(), notebook(0), notebook(metadata={"widgets": {"a": [1]}, "kernelspec": None})]
    notebooks += [
        json.dumps({"metadata": {}, "nbformat": 3, "nbformat_minor": 0} | old).encode(),
        b"\xef\xbb\xbf" + notebook(),
    ]
    return {"zip": zips, "notebook": notebooks}


METADATA = b"---\nsubmission_1:\n  :submitters:\n  - :name: Kim\n    :sid: '1'\n  :results:\n    output: x\n"


def changed(data: bytes, others, words, chance: random.Random) -> bytes:
    """`data` with one to eight changes of its bytes."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(data) + 1)
        if words is WORDS and chance.random() < 0.5:  # near a header, where the numbers are
            marks = [place for place in range(len(data) - 3) if data[place : place + 2] == b"PK"]
            at = min(len(data), chance.choice(marks or [0]) + chance.randrange(60))
        match chance.randrange(9):
            case 0 if data:
                data[at % len(data)] ^= 1 << chance.randrange(8)
            case 1 if data:
                data[at % len(data)] = chance.randrange(256)
            case 2:
                size = chance.choice((1, 2, 4, 8))
                data[at : at + size] = (chance.choice(NUMBERS) % 256**size).to_bytes(size, "little")
            case 3:
                del data[at : at + chance.choice((1, 2, 4, 30, 500))]
            case 4:
                data[at:at] = data[at : at + chance.choice((1, 4, 46, 300))] * chance.choice((1, 2, 50))
            case 5:
                data[at:at] = chance.choice(words) * chance.choice((1, 1, 2, 400, 20_000))
            case 6:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                data[at:at] = other[start : start + chance.randrange(1, 400)]
            case 7 if chance.random() < 0.3:
                del data[at:]
            case 8:
                data[at:at] = chance.randbytes(chance.choice((1, 3, 16)))
    return bytes(data)


# Trying them, in a process of its own ---------------------------------------------------------------------------------


def try_one(kind: str, seed: int, number: int, sources, folder: Path) -> str:
    """What is wrong with the grader over this input, or ""."""
    from autograder import inbox
    from autograder.notebook import UnreadableSubmissionError, parse_notebook

    chance = random.Random(f"{seed} {number}")
    data = changed(chance.choice(sources[kind]), sources[kind], WORDS if kind == "zip" else TEXT, chance)
    if kind == "notebook":
        with contextlib.suppress(UnreadableSubmissionError):
            json.dumps(parse_notebook(data, "mallory.ipynb"))
    mallory = folder / "in" / ("mallory.zip" if kind == "zip" else "mallory/a1.ipynb")
    mallory.parent.mkdir(exist_ok=True)
    mallory.write_bytes(data)
    if kind == "notebook":
        (mallory.parent / "a1_b.ipynb").write_bytes(notebook())  # so that both are compared
    for path in [mallory.parents[0 if kind == "zip" else 1], *([mallory] if kind == "zip" else [])]:
        try:
            found, _ = inbox.find([path], "a1.ipynb", "a1", ("double", "add"))
        except inbox.InboxError:
            if path != mallory:
                raise
            continue
        names = [submission.name for submission in found]
        if len(set(names)) != len(names) or [inbox.safe_name(name) for name in names] != names:
            return f"names {names}"
        for submission in found:
            content = b""
            with contextlib.suppress(inbox.UnreadableFileError):
                content = submission.read() if submission.read else b""
            if path != mallory and submission.name == "ann" and content != b"ann":
                return "ann's notebook is lost"
        if path != mallory and names != ["ann", "mallory"]:
            return f"rows {names}"
    return ""


class Here:
    """The Opener without its child: this process is one already."""

    def __init__(self, paths, sandbox=True):
        from autograder.inbox import opening

        self.opened = opening.Opened()

    def ask(self, request, own=True):
        from autograder.inbox import listing, opening

        most = (listing.MAX_OWN_TABLE, listing.MAX_OWN_FILES) if own else (listing.MAX_TABLE, listing.MAX_MEMBERS)
        limits = dict(zip(("file", "zip", "table", "members"), (2**24, 2**24, *most), strict=True))
        head, body = opening.respond(self.opened, json.loads(json.dumps(request | {"limits": limits})))
        if len(json.dumps(head)) > 2**16:
            raise AssertionError("an answer that is too long for its message")
        if "problem" in head:
            raise opening.UnreadableFileError(head["problem"])
        return json.loads(json.dumps(head)), body

    def read(self, place):
        return self.ask({"read": list(place)})[1]


def child(seed: int) -> None:
    """Try the inputs whose numbers come on the standard input, "first last"; a line of findings for each."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MB * 2**20,) * 2)
    sys.modules["rfc3987_syntax"] = None  # as the grader's children
    warnings.simplefilter("ignore")
    from autograder.inbox import listing

    listing.Opener = Here
    sources = seeds()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        for line in sys.stdin:
            found = []
            for number in range(*map(int, line.split())):
                room = folder / str(number)
                (room / "in").mkdir(parents=True)
                (room / "in/ann.ipynb").write_bytes(b"ann")
                began = time.process_time()
                try:
                    wrong = try_one("zip" if number % 2 else "notebook", seed, number, sources, room)
                except Exception as error:
                    wrong = f"{type(error).__name__}: {error}"[:300]
                took = time.process_time() - began
                if wrong or took > SLOW:
                    found.append([number, wrong or f"{took:.1f} s"])
                for path in sorted(room.rglob("*"), reverse=True):
                    path.unlink() if path.is_file() else path.rmdir()
                room.rmdir()
            print(json.dumps(found), flush=True)


class Process:
    """A process that tries inputs; a new one takes the place of one that has ended."""

    def __init__(self, seed: int):
        self.seed, self.process = seed, None

    def try_range(self, first: int, last: int) -> list:
        """[[number, what is wrong], …]. Where the process ends, the input over which it does so is looked for."""
        try:
            if self.process is None:
                command = [sys.executable, "-P", str(Path(__file__)), "--child", "--seed", str(self.seed)]
                surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
                pipe = subprocess.PIPE
                self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=surroundings)
            self.process.stdin.write(f"{first} {last}\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            code = self.close()
            if last - first == 1:
                return [[first, f"the process ended ({code})"]]
            middle = (first + last) // 2
            return self.try_range(first, middle) + self.try_range(middle, last)

    def close(self):
        if self.process is None:
            return None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        code = self.process.wait()
        self.process.stdout.close()
        self.process = None
        return code


def run(number: int, seed: int, processes: int = 2, seconds: float = float("inf"), batch: int = BATCH, tell=None):
    """(how many inputs were tried, [[number, what is wrong], …]); after `seconds` no new batch begins."""
    until, done, found = time.monotonic() + seconds, 0, []
    starts = iter(range(0, number, batch))

    def work(_):
        nonlocal done
        process = Process(seed)
        try:
            for first in starts:
                if time.monotonic() > until:
                    break
                last = min(first + batch, number)
                wrong = process.try_range(first, last)
                found.extend(wrong)
                done += last - first
                if tell:
                    tell(done, wrong)
        finally:
            process.close()

    with ThreadPoolExecutor(processes) as crew:
        list(crew.map(work, range(processes)))
    return done, sorted(found)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--number", type=int, default=100_000)
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    words.add_argument("--processes", type=int, default=2)
    words.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.child:
        child(given.seed)
        return 0
    began = time.monotonic()

    def tell(done, wrong):
        for finding in wrong:
            print(f"finding: input {finding[0]} of seed {given.seed}: {finding[1]}", flush=True)
        if done % 5000 < BATCH:
            print(f"{done:,} tried, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    done, found = run(given.number, given.seed, given.processes, tell=tell)
    print(f"seed {given.seed}: {done:,} inputs, {len(found)} findings, {time.monotonic() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
