"""A cell's source as Python, and what can be said of it without running it: names it binds and uses, stub or answer.

A submission's source is parsed and compiled here, never executed.
"""

import ast
import dis
import functools
import re
import types
import warnings
from dataclasses import dataclass

MAX_LINE = 10_000  # characters of a line in which magics are looked for: Python 3.12 keeps the line with each token
MAX_NESTED = 20  # cell magics above one another
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, SystemError)
WRAPPERS = ("time", "capture", "prun", "timeit")  # cell magics that run the rest of their cell
LINE_MAGIC = re.compile(r"^([ \t]*)get_ipython\(\)\.run_line_magic\('(?:time|prun)', (['\"].*['\"])\)$", re.MULTILINE)
FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def as_python(source: str, depth: int = 0) -> str:
    """A cell's source with its magics and shell lines turned into Python that a `shell.Shell` understands.

    `%%time` and `%%capture` give way to the cell they stand on, line by line, and `%time` to its statement, so that
    names which are bound there are seen. What cannot be read at all stays as it is: running it then says why.
    """
    if max(map(len, source.splitlines()), default=0) > MAX_LINE or not re.search(r"[%!?]|^\s|>>>|^In ", source):
        return source
    first, _, rest = source.lstrip("\n").partition("\n")
    if (magic := re.match(r"%%(\w+)[ \t]*(.*)", first)) and magic[1] in WRAPPERS[:3] and depth < MAX_NESTED:
        above = "\n" * (len(source) - len(source.lstrip("\n")))
        name = next((word for word in magic[2].split() if word.isidentifier()), "")
        keeps = magic[1] == "capture" and name
        return f"{above}{f'{name} = get_ipython().captured()' if keeps else ''}\n{as_python(rest, depth + 1)}"
    try:
        return LINE_MAGIC.sub(lambda found: found[1] + ast.literal_eval(found[2]), _transformed(source))
    except Exception:  # from Python 3.12 a zero byte is a SystemError here
        return source


def _transformed(source: str) -> str:
    from IPython.core.inputtransformer2 import TransformerManager  # slow: only where a cell needs it

    return TransformerManager().transform_cell(source)


@functools.lru_cache(maxsize=4096)
def statements(source: str) -> tuple[ast.stmt, ...] | None:
    """The top-level statements of a cell's Python source, or None when it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(ast.parse(source).body)
    except UNREADABLE:
        return None


@functools.lru_cache(maxsize=4096)
def keys(source: str) -> tuple[str, ...]:
    """Each top-level statement in a form that comments and layout do not change."""
    found = []
    for node in statements(source) or ():
        try:
            found.append(ast.dump(node))
        except RecursionError:
            found.append("")
    return tuple(found)


@dataclass(frozen=True)
class Names:
    """Names of a cell: those it `binds` at its top level, those it `sets` for certain, and those it `uses` from before.

    `changes`: names whose object it may change in place, as in `x.append(1)`, `x[0] = 1`, `x.y = 1`, `setattr(x, …)`.
    """

    binds: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()


@functools.lru_cache(maxsize=4096)
def names(source: str) -> Names:
    """The names of a cell's Python source; of what is not Python, the functions and classes that it seems to define."""
    nodes = statements(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(source, "<cell>", "exec", FLAGS, dont_inherit=True)
    except UNREADABLE:
        return Names(frozenset(re.findall(r"^(?:def|class)\s+(\w+)", source, re.MULTILINE)))
    binds, uses = set(), set()
    for step in dis.get_instructions(code):
        if step.opname in ("STORE_NAME", "STORE_GLOBAL"):
            binds.add(step.argval)
        elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in binds:
            uses.add(step.argval)
    for inner in _inner(code):
        for step in dis.get_instructions(inner):
            if step.opname == "STORE_GLOBAL":
                binds.add(step.argval)
            elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"):
                uses |= {step.argval} - binds
    certain = {name for node in nodes or () for name in _set_by(node)}
    changed = {name for node in nodes or () for part in ast.walk(node) for name in _changed_by(part)}
    return Names(*map(frozenset, (binds | certain, certain, uses, changed)))  # Python drops code that is never reached


def _inner(code):
    """The code of functions and classes inside `code`, however deep."""
    waiting = [code]
    while waiting:
        found = [part for part in waiting.pop().co_consts if isinstance(part, types.CodeType)]
        waiting += found
        yield from found


def _set_by(node) -> set[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Import() | ast.ImportFrom():
            return {alias.asname or alias.name.split(".")[0] for alias in node.names}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return {name}
    return set()


def _changed_by(node) -> set[str]:
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            return _root(node)
        case ast.Expr(value=ast.Call(func=ast.Attribute() as function)):
            return _root(function)
        case ast.Expr(value=ast.Call(func=ast.Name(id="setattr" | "delattr" | "next"), args=[first, *_])):
            return _root(first)
    return set()


def _root(node) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def is_stub(source: str) -> bool:
    """Whether a cell is still the one that was handed out: what it defines holds nothing but a docstring and `...`."""
    body = statements(as_python(source))
    if not body:
        return body is not None
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.Raise
    nodes = [node for node in body if isinstance(node, kinds)]
    return bool(nodes) and all(map(_is_empty, nodes))


def _is_empty(node) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return all(map(_is_empty, node.body))
        case ast.Assign() | ast.Expr():
            return isinstance(node.value, ast.Constant) and (isinstance(node, ast.Expr) or node.value.value is ...)
        case ast.Raise():
            return "NotImplementedError" in ast.unparse(node)
    return isinstance(node, ast.Pass)


def is_stub_of(source: str, name: str) -> bool:
    """Whether the statement that binds `name` last in a cell's Python source is still empty."""
    binding = [node for node in statements(source) or () if name in _set_by(node)]
    return bool(binding) and _is_empty(binding[-1])


def definitions(source: str) -> list[ast.stmt]:
    """The statements of a cell that only define: imports, functions, classes, literal constants."""
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [
        node
        for node in statements(source) or ()
        if isinstance(node, kinds) or (isinstance(node, ast.Assign) and _is_literal(node.value))
    ]


def _is_literal(node) -> bool:
    try:
        ast.literal_eval(node)
    except (*UNREADABLE, TypeError):
        return False
    return True
