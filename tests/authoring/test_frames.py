"""The pictures for a page without a kernel come from the notebooks' own cells; a stored notebook holds the still."""

import json
import re

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from authoring import frames, notebooks
from course_utils.figures.play import FRAMES

LESSONS = [path for path in sorted(frames.NOTEBOOKS.glob("*.ipynb")) if not path.name.startswith("12")]
DRAW = "import matplotlib.pyplot as plt\n\n\ndef draw(height):\n    plt.bar(['bar'], [height + extra])"


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "lesson.ipynb"
    sources = {"setup": "from course_utils import figures", "needed": "extra = 1", "slow": "import time; time.time()"}
    sources |= {"draw": DRAW, "play": "figures.play(draw, at=3, height=range(1, 6))"}
    cells = [new_code_cell(source, id=name) for name, source in sources.items()]
    notebooks.write(new_notebook(cells=cells, metadata=notebooks.NOTEBOOK_METADATA), path)
    notebooks.execute(path)
    return path


def test_a_notebook_stores_the_still_alone(lesson):
    (output,) = notebooks.read(lesson).cells[-1].outputs
    assert set(output.data) == {"image/png", "text/plain"}


def test_frames_are_made_from_the_cells_that_are_needed(lesson, tmp_path, capsys):
    frames.main([str(tmp_path / "new"), str(lesson)])
    assert capsys.readouterr().out.startswith("lesson.ipynb: 5 pictures, ")
    (found,) = json.loads((tmp_path / "new" / "lesson.json").read_text(encoding="utf-8")).values()
    assert (found["label"], found["values"], found["at"]) == ("height", ["1", "2", "3", "4", "5"], 2)
    still = notebooks.read(lesson).cells[-1].outputs[0].data["image/png"]
    assert found["frames"][2].strip() == still.strip()
    assert frames.FRAMES == FRAMES


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem[:2])
def test_every_lesson_has_one_thing_to_play_with_and_its_still(path):
    cells = [cell for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    (cell,) = [cell for cell in cells if "figures.play(" in cell.source]
    stills = [output.data for output in cell.outputs if "image/png" in output.get("data", {})]
    assert [set(data) for data in stills] == [{"image/png", "text/plain"}]
    assert not [cell.id for cell in cells if re.search(r"\bipywidgets\b", cell.source)]
