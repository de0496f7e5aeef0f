"""A grading process: takes tasks as JSON lines on its standard input, gives outcomes as JSON lines.

    python -P -m autograder.worker FOLDER

FOLDER is for its temporary files, and made here. One warm process stays with each worker for all its submissions. When
whoever started the worker is gone, however that came about, the end of the input tells so, and the worker ends at once
with everything below it.

A task: name, notebook (base64), files beside it ({relative path: base64}), checks (path of the file), options
(arguments of `engine.grade`). An outcome is the result of `engine.grade` without its path, or a status ("unreadable",
"failed", "refused": this machine cannot confine a submission) and a reason; and the notebook's language, if it is not
English. What findings and reasons are made of stands beside them as `told` (sentences.py).
"""

import base64
import contextlib
import json
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from pathlib import Path

from . import languages, sentences
from .inbox import printable
from .sandbox.cleanup import below


def grade_task(task: dict) -> dict:
    """The outcome of one task; whatever happens becomes a status and a reason, never an exception."""
    from . import engine

    with tempfile.TemporaryDirectory(prefix="task-") as folder:
        path = Path(folder) / f"{task['name']}.ipynb"
        path.write_bytes(data := base64.b64decode(task["notebook"]))
        language = {"language": code} if (code := languages.language_of(data)) else {}
        try:
            private = beside_python(task["options"]["private"])
            files = {name: base64.b64decode(data) for name, data in task.get("files", {}).items()}
            outcome = engine.grade(path, task["checks"], **task["options"] | {"private": private, "files": files})
            del outcome["submission"]  # the file in this folder
            for question in outcome["questions"]:
                for finding in question["findings"]:  # an error's text is the submission's own
                    finding["message"] = _printable(finding["message"])
                    if "told" in finding:
                        finding["told"] = sentences.mapped(finding["told"], _printable)
            return outcome | language
        except engine.UnreadableSubmissionError as error:
            reason = sentences.of_error(error)
            told = {"told": reason.parts} if sentences.is_composed(reason) else {}
            return {"status": "unreadable", "reason": str(reason)} | told | language
        except engine.RefusedError as error:
            return {"status": "refused", "reason": str(error)}
        except engine.GraderError as error:
            return {"status": "failed", "reason": str(error)}
        except Exception:
            return {"status": "failed", "reason": traceback.format_exc(limit=-3)}


def _printable(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))


def as_json(outcome: dict) -> bytes:
    """An outcome as a line; one with NaN or infinity in it, which only wrong checks can give, as a failed one."""
    try:
        return json.dumps(outcome, default=float, allow_nan=False).encode()
    except ValueError as error:
        return json.dumps(
            {"status": "failed", "reason": f"the checks gave points that are no number ({error})"}
        ).encode()


def beside_python(paths) -> list[str]:
    """`paths` without those that Python or this package stands in: closed, they would close Python as well.

    Nothing is lost: of what is not Python's, a submission can read nothing in the first place.
    """
    needed = [Path(place).resolve() for place in (sys.prefix, sys.base_prefix, Path(__file__).parent)]
    return [path for path in paths if not any(place.is_relative_to(Path(path).resolve()) for place in needed)]


_answering = threading.RLock()


def end(folder) -> None:
    """End this process and all below it, and remove its temporary files."""
    _answering.acquire(timeout=10)  # what the engine says of a child that is killed here must not get out
    for _ in range(3):  # a process can make another while it is being ended
        for pid in below(os.getpid()):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    ended = f"{folder}-ended"  # under another name first: the other thread can then make nothing in it any more
    with contextlib.suppress(OSError):
        os.rename(folder, ended)
    shutil.rmtree(ended, ignore_errors=True)
    os._exit(0)


def main() -> None:
    """Serve until the input ends."""
    # The pipes keep their places to themselves: what is below this process finds neither tasks nor a way to answer.
    tasks, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    folder = sys.argv[1]
    os.mkdir(folder, 0o700)
    os.chdir(folder)
    tempfile.tempdir = os.environ["TMPDIR"] = folder
    sys.modules["rfc3987_syntax"] = None  # a second to import, for a kind of address that no notebook is checked for
    waiting: queue.SimpleQueue = queue.SimpleQueue()

    def listen():
        for line in tasks:
            waiting.put(line)
        end(folder)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        outcome = as_json(grade_task(json.loads(waiting.get())))
        with _answering:
            try:
                replies.write(outcome + b"\n")
                replies.flush()
            except OSError:  # nobody is there to read it
                end(folder)


if __name__ == "__main__":
    sys.exit(main())
