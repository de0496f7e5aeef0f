"""Running cells as Jupyter does: magics, top-level await, imports that fail, and what `get_ipython()` gives.

Runs in the child, beside the submission. Shell lines (`!ls`) and magics that start programs are not run.
"""

import ast
import asyncio
import contextlib
import importlib.util
import inspect
import linecache
import os
import traceback
from pathlib import Path

from .answers import not_run
from .cells import FLAGS, as_python, definitions
from .sentences import say

REACHED_FOR = (
    "keras",
    "numpy",
    "matplotlib",
    "tensorflow",
    "PIL",
    "scipy",
    "pandas",
    "sklearn",
    "tqdm",
    "torch",
    "jax",
)
OPERATORS = (
    *("call", "iter", "next", "getitem", "setitem", "len", "bool", "contains", "enter", "mro_entries", "index", "int"),
    *("float", "str", "format", "array", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "matmul", "pow", "lt"),
    *("gt", "le", "ge", "eq", "fspath"),
)


class Absent:
    """Stands for what could not be had here; whoever uses it gets the reason."""

    def __init__(self, error: Exception):
        self.__dict__["reason"] = error

    def __getattr__(self, name):
        raise self.__dict__["reason"].with_traceback(None)


for _name in OPERATORS:
    setattr(Absent, f"__{_name}__", lambda self, *args, **kwargs: getattr(self, "it"))  # noqa: B009
Absent.__hash__ = object.__hash__


class Captured:
    """What `%%capture name` leaves in `name`. Nothing is shown here, so there is nothing in it."""

    stdout = stderr = ""
    outputs = ()

    def show(self):
        pass

    __call__ = show


class Shell:
    """What `get_ipython()` gives in a graded cell."""

    def __init__(self, namespace):
        self.user_ns = namespace
        self.loop = None
        self.not_run = not_run

    def captured(self):
        return Captured()

    def run_cell_magic(self, name, line, body=""):
        if name in ("writefile", "file"):
            *options, path = line.split()
            with open(path.strip("\"'"), "a" if "-a" in options else "w", encoding="utf-8") as file:
                file.write(body)
            importlib.invalidate_caches()
        elif name == "timeit":  # binds nothing in Jupyter; once will do
            before = dict(self.user_ns)
            self.run(as_python(body), "<cell timeit>")
            self.user_ns.update(before)
        elif name not in ("html", "javascript", "js", "latex", "markdown", "svg"):
            self.not_run.append(f"%%{name}")

    def run_line_magic(self, name, line="", *_, **__):
        """In IPython a magic that fails says so, and the cell goes on."""
        with contextlib.suppress(OSError, SyntaxError, ValueError):
            if name in ("time", "prun"):
                return self._value(line)
            if name == "run":
                path = line.split()[0]
                self.run(Path(path).read_text(encoding="utf-8"), path)
            elif name in ("env", "set_env") and "=" in line:
                key, value = line.split("=", 1)
                os.environ[key.strip()] = value.strip()
            elif name == "cd":
                os.chdir(line.strip())
            elif name in ("pip", "conda", "mamba", "uv"):
                self.not_run.append(f"%{name} {line}")

    magic = run_line_magic

    def _value(self, line):
        try:
            return eval(compile(line, "<cell time>", "eval"), self.user_ns)
        except SyntaxError:
            self.run(line, "<cell time>")

    def system(self, line, *_, **__):
        self.not_run.append(f"!{line}")

    def getoutput(self, line, *_, **__):
        self.system(line)
        return Absent(RuntimeError(say("the line `!{line}` is not run where your work is graded", line=line)))

    def __getattr__(self, name):  # events, set_next_input, …
        return lambda *args, **kwargs: None

    def run_step(self, source: str, name: str, forbidden, lend: bool) -> None:
        """Run a cell. An import that fails leaves a stand-in that says so when it is used, and the cell goes on.

        forbidden: modules whose import ends the cell. lend: when the cell stops, make what the rest of it defines,
        where nothing of that name is there yet.
        """
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        nodes = None
        while True:
            try:
                self.run(source if nodes is None else ast.Module(nodes, []), name)
                return
            except BaseException as error:
                nodes = _after(error, source, name)
                failed = nodes and nodes.pop(0)
                missing = isinstance(error, ImportError) and isinstance(failed, ast.Import | ast.ImportFrom)
                if not missing or error.name in forbidden:
                    if lend and nodes:
                        self._lend(nodes, name)
                    raise
                line = ast.unparse(failed)
                told = say("`{line}` fails here: {error}. {modules}", line=line, error=error, modules=self.has())
                reason = ImportError(told)
                for alias in failed.names:
                    bound = alias.asname or alias.name.split(".")[0]
                    if bound not in self.user_ns and bound != "*":
                        self.user_ns[bound] = Absent(reason)

    def _lend(self, nodes, name):
        for node in definitions(ast.unparse(ast.Module(nodes, []))):
            before = dict(self.user_ns)
            with contextlib.suppress(Exception):
                self.run(ast.Module([node], []), name)
            self.user_ns.update(before)

    def run(self, source, name: str) -> None:
        """Run Python source, or a module of it, in the cells' namespace."""
        code = compile(source, name, "exec", FLAGS, dont_inherit=True)
        if code.co_flags & inspect.CO_COROUTINE:  # a top-level await; the loop stays for what it has started
            self.loop = self.loop or asyncio.new_event_loop()
            self.loop.run_until_complete(eval(code, self.user_ns))
        else:
            exec(code, self.user_ns)

    def has(self):
        """Which modules a student may reach for are here."""
        found = [name for name in REACHED_FOR if importlib.util.find_spec(name)]
        said = say("The grader has {modules} and what Python brings", modules=", ".join(found))
        if not self.not_run:
            return said
        return say("{modules}; `{line}` is not run", modules=said, line=self.not_run[-1][:80])


def _after(error, source: str, name: str) -> list[ast.stmt]:
    """The statements of a cell from the one at which it stopped on; none where that is not known."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        nodes = ast.parse(source).body if lines else []
        return [node for node in nodes if node.end_lineno >= lines[0]]
    return []
