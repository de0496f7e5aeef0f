"""The commands of `python course.py` that are an author's: `python -m authoring run | release | stamp | …`."""

import argparse
import sys
from pathlib import Path

from . import experiments, length, publishing, translating
from .notebooks import NotebookError, execute
from .publishing import PublishError
from .releasing import answers, release, stale, stamp


def main(arguments=None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m authoring", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    command = commands.add_parser("run", help="execute notebooks in place and clean them")
    command.add_argument("paths", nargs="+", metavar="NOTEBOOK", help="a notebook's file")
    command.set_defaults(do=_run)
    command = commands.add_parser("release", help="write assignments/ from solutions/")
    command.add_argument("names", nargs="*", metavar="NAME", help="such as a1; all, when none is given")
    text = "also write answers/, what students get after the deadline: model answers and explanations"
    command.add_argument("--with-answers", dest="answers", action="store_true", help=text)
    command.set_defaults(do=_release)
    command = commands.add_parser("stamp", help="write pyproject.toml's repository into all notebooks and the README")
    command.set_defaults(do=lambda _: _say([*stamp(), *translating.translate_all()]))
    command = commands.add_parser("translate", help="build a language's notebooks from translations/")
    command.add_argument("language", metavar="LANGUAGE", help="a folder of translations/, such as ko")
    command.add_argument("--check", action="store_true", help="write nothing; list what is stale, missing, orphaned")
    command.set_defaults(do=lambda given: translating.run(given.language, given.check))
    command = commands.add_parser("check-release", help="fail if an assignment is not what its solution generates")
    command.set_defaults(do=_check)
    command = commands.add_parser("publish", help="write the last commit into FOLDER without what is private")
    command.add_argument("folder", type=Path, help="new or empty, or a clean clone of the public repository")
    command.set_defaults(do=lambda given: publishing.run(given.folder))
    command = commands.add_parser("length", help="words of flow prose, lines of code, cells and predictions")
    command.add_argument("paths", nargs="*", metavar="NOTEBOOK", help="all, when none is given")
    command.set_defaults(do=lambda given: print(length.table(given.paths)))
    command = commands.add_parser("experiments", help="record a notebook's experiments under more seeds")
    experiments.add_arguments(command)
    command.set_defaults(do=experiments.run_command)
    command = commands.add_parser("site", help="build the book, web pages that ask no other machine, into FOLDER")
    command.add_argument(
        "folder", type=Path, nargs="?", default=Path("build/site"), help="build/site, if none is given"
    )
    command.add_argument("--frames", action="store_true", help="first make the pictures of the controls, some minutes")
    command.add_argument("--pdf", action="store_true", help="also print the book with Chromium into FOLDER/book.pdf")
    command.set_defaults(do=_site)
    given = parser.parse_args(arguments)
    try:
        return given.do(given) or 0
    except (NotebookError, PublishError, experiments.ExperimentError) as error:
        print(error, file=sys.stderr)
        return 1


def _run(given) -> None:
    for path in given.paths:
        execute(path)
    for path in translating.follow(given.paths):
        print(f"wrote {path}")


def _site(given) -> int:
    from . import site
    from .site.printing import PrintError

    try:
        site.run(given.folder, frames=given.frames, pdf=given.pdf)
    except (site.SiteError, PrintError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _release(given) -> None:
    changed = release(*given.names)
    changed += translating.follow(changed)
    if given.answers:
        changed += answers(*given.names)
    _say(changed)


def _check(_) -> int:
    old = stale()
    for path in old:
        print(f"{path}: not what its solution generates; run `python course.py release`", file=sys.stderr)
    return 1 if old else 0


def _say(changed) -> None:
    print("\n".join(f"wrote {path}" for path in changed) or "nothing to change")


if __name__ == "__main__":
    sys.exit(main())
