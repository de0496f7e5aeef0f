"""What readers can play with on a page without a kernel: the pictures of all positions of a notebook's slider.

    python -m authoring.frames FOLDER [NOTEBOOK …]      write FOLDER/NAME.json for each notebook that has a slider

A cell with `figures.play(…)` is run, after the cells that it needs, in a kernel in which COURSE_FRAMES is set; the
pictures stand in its output. Notebooks themselves store the one still, so that they remain small.
"""

import argparse
import json
import os
from pathlib import Path
from unittest import mock

from .needed_cells import needed_cells
from .notebooks import new_client, read

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
FRAMES = "application/vnd.course.frames+json"  # as in course_utils.figures.play, whose import takes seconds


def frames(path, timeout=300):
    """{id of a cell: {"label", "values": texts, "at": index, "frames": PNGs in base64}} of the notebook at `path`.

    Raises NotebookError if there is no such notebook, nbclient's CellExecutionError if a cell fails.
    """
    nb = read(path)
    codes = [cell for cell in nb.cells if cell.cell_type == "code" and "stub" not in cell.metadata.get("tags", ())]
    wanted = [cell for cell in codes if "figures.play(" in cell.source]
    if not wanted:
        return {}
    nb.cells = needed_cells(codes, wanted)
    with mock.patch.dict(os.environ, COURSE_FRAMES="1"):
        new_client(nb, Path(path).parent, timeout).execute()
    shown = [(cell.id, output) for cell in wanted for output in cell.outputs if FRAMES in output.get("data", {})]
    return {cell: output.data[FRAMES] for cell, output in shown}


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m authoring.frames", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("*.ipynb")))
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    for path in given.notebooks:
        if found := frames(path):
            text = json.dumps(found)
            (given.folder / f"{path.stem}.json").write_text(text, encoding="utf-8")
            count = sum(len(slider["frames"]) for slider in found.values())
            print(f"{path.name}: {count} pictures, {len(text) / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
