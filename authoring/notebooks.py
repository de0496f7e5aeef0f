"""Read, execute, clean and write notebooks."""

import re
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.output_widget import OutputWidget
from tqdm.auto import tqdm

NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = {"tags", "nbgrader", "jupyter", "cellView", "deletable", "editable"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# Asked of the kernel itself. Linux counts kilobytes, macOS bytes; Windows has no such module.
PEAK_CELL = """\
try:
    import resource, sys
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))
except ImportError:
    pass"""


class NotebookError(Exception):
    """A notebook cannot be read, executed, released or stamped; the message says why and what to do."""


def read(path):
    """Return the notebook at `path`; raise NotebookError if there is none or it is not valid."""
    path = Path(path)
    if not path.is_file():
        raise NotebookError(f"{path}: no such file; give a notebook's path, as notebooks/00_start_here.ipynb")
    try:
        nb = nbformat.read(path, as_version=4)
        nbformat.validate(nb)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise NotebookError(f"{path}: not a valid notebook ({reason}); save it again in Jupyter") from error
    return nb


def write(nb, path):
    """Write `nb` to `path` with the same bytes on every operating system."""
    Path(path).write_text(text_of(nb), encoding="utf-8", newline="\n")


def text_of(nb):
    """Return the text of the notebook's file: indent 1, sorted keys, no escapes, one newline at the end."""
    return nbformat.writes(nb, version=4).rstrip("\n") + "\n"


def clean(nb):
    """Keep of `nb` only what belongs in the repository; change it in place and return it.

    Metadata is reduced to a short list; execution counts become 1 … n; parts of a stream are joined; standard
    error and widget views go: noise is no result, and a widget shows nothing without its kernel. A picture that was
    given beside the widget stays. Ids stay.
    """
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    count = 0
    for cell in nb.cells:
        for key, value in list(cell.metadata.items()):
            if key not in CELL_METADATA or value in ([], {}):
                del cell.metadata[key]
        if cell.cell_type == "code":
            cell.outputs = _clean_outputs(cell.outputs)
            if cell.execution_count is not None:
                cell.execution_count = count = count + 1
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
    return nb


def _clean_outputs(outputs):
    kept = []
    for output in outputs:
        is_stream = output.output_type == "stream"
        view = output.get("data", {}).pop(WIDGET_VIEW, None)
        if (is_stream and output.name == "stderr") or (view and "image/png" not in output.data):
            continue
        if is_stream and kept and kept[-1].output_type == "stream":
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def execute(path, timeout=300):
    """Execute the notebook at `path` in a fresh kernel, in its own folder; clean it and write it back.

    Args:
        path: the notebook's file.
        timeout: seconds that one cell may take.

    Returns:
        (seconds, peak): wall-clock seconds, and the kernel's peak memory in MB (None on Windows).

    Raises:
        NotebookError: a cell failed, took too long or ended the kernel. The file is then left as it was.
    """
    path = Path(path)
    nb = read(path)
    client = new_client(nb, path.parent, timeout)
    codes = [(index, cell) for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    started = time.monotonic()
    with client.setup_kernel(), tqdm(codes, desc=path.name, unit="cell") as progress:
        for index, cell in progress:
            progress.set_postfix_str(cell.id)
            _execute_cell(client, cell, index, path)
        seconds = time.monotonic() - started
        peak = _peak_megabytes(client)
    write(clean(nb), path)
    memory = "" if peak is None else f", peak {peak:.0f} MB"
    print(f"{path.name}: {len(codes)} cells, {seconds:.1f} s{memory}", flush=True)
    return seconds, peak


class _WidgetOutput(OutputWidget):
    """What is printed or drawn inside a widget. The kernel is not told of it.

    nbclient sends each such output back to the kernel, through the socket on which it awaits the reply to the cell. A
    reply that arrives in that moment is not noticed (ZeroMQ signals an arrival once, and sending takes the signal
    away), so that nbclient waits until its time is up.
    """

    def sync_state(self):
        pass


def new_client(nb, folder, timeout):
    """A client that runs the notebook `nb` in a fresh kernel in `folder`, with so many seconds for each cell."""
    resources = {"metadata": {"path": str(Path(folder).resolve())}}
    quiet = ["--log-level=ERROR"]  # the kernel's warnings about its own transport
    client = NotebookClient(nb, timeout=timeout, kernel_name="python3", resources=resources, extra_arguments=quiet)
    client.widget_registry = {"@jupyter-widgets/output": {"OutputModel": _WidgetOutput}}
    return client


def _execute_cell(client, cell, index, path):
    try:
        client.execute_cell(cell, index)
        return
    except CellExecutionError as error:
        reason = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback).strip()
    except CellTimeoutError:
        reason = f"no answer within {client.timeout} s"
    except DeadKernelError:
        reason = "the kernel died (was there enough memory?)"
    lines = "\n  ".join(reason.splitlines()[-8:])
    raise NotebookError(f"{path}, cell {cell.id!r} failed, and the file was left as it was:\n  {lines}")


def _peak_megabytes(client):
    probe = nbformat.v4.new_code_cell(PEAK_CELL)
    client.nb.cells.append(probe)  # nbclient executes only cells of its notebook
    client.execute_cell(probe, len(client.nb.cells) - 1, store_history=False)
    client.nb.cells.pop()
    return float(probe.outputs[0].text) if probe.outputs else None
