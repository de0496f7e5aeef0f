"""What of an answer stays when names, docstrings, comments, layout and the order of independent statements are taken
away: two answers of one form say the same in the same way, whoever typed them.
"""

import ast
import hashlib

MAX_NODES = 5000  # ordering statements takes the square of their number


def forms(answers: dict[str, str]) -> dict[str, dict]:
    """{question: {form: a digest, size: number of nodes of the syntax tree}} of {question: source of the answer}."""
    found = {question: normal_form(source) for question, source in answers.items()}
    return {question: {"form": form[0], "size": form[1]} for question, form in found.items() if form}


def normal_form(source: str) -> tuple[str, int] | None:
    """(digest, size) of a cell's form; None for what is no Python or too long to compare."""
    try:
        tree = ast.parse(source)
        size = sum(1 for node in ast.walk(tree) if not isinstance(node, ast.expr_context))
        if size > MAX_NODES:
            return None
        _Plain().visit(tree)
        _order(tree)
        _Renamed(_bound(tree)).visit(tree)
        text = ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16], size


class _Plain(ast.NodeTransformer):
    """Takes away docstrings, annotations, and `pass` beside other statements."""

    def generic_visit(self, node):
        super().generic_visit(node)
        if isinstance(getattr(node, "body", None), list):
            kept = [part for part in node.body if not _says_nothing(part)]
            node.body = kept or node.body[:1]
        for name in ("annotation", "returns"):
            if isinstance(node, ast.arg | ast.FunctionDef | ast.AsyncFunctionDef) and hasattr(node, name):
                setattr(node, name, None)
        return node

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        return ast.Assign([node.target], node.value, lineno=0) if node.value else None


def _says_nothing(node) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


# The order of statements --------------------------------------------------------------------------------------------


def _order(tree) -> None:
    """Put the statements of every block into one of the orders in which they do the same, always the same one."""
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and len(block) > 1:
                setattr(node, field, _sorted(block))


def _sorted(block):
    effects = [(_names(node, ast.Store) | _defined(node), _names(node, ast.Load), _stays(node)) for node in block]
    looks = [_look(node) for node in block]
    waiting, done = list(range(len(block))), []
    while waiting:
        ready = [i for i in waiting if not any(j < i and _depend(effects[j], effects[i]) for j in waiting)]
        first = min(ready, key=lambda i: (looks[i], i))
        waiting.remove(first)
        done.append(block[first])
    return done


def _depend(one, other) -> bool:
    """Whether two statements, (names set, names read, whether it must stay in its place), must keep their order."""
    return one[2] or other[2] or bool(one[0] & (other[0] | other[1]) or other[0] & one[1])


def _stays(node) -> bool:
    """A statement that may leave the block, or change things in place: everything but plain assignments and defs."""
    return not isinstance(node, ast.Assign | ast.Import | ast.ImportFrom | ast.FunctionDef) or any(
        isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store) for part in ast.walk(node)
    )


def _names(node, kind) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, kind)}


def _defined(node) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return {node.name} if isinstance(node, ast.FunctionDef) else set()


def _look(node) -> str:
    """A statement without its names: what it is sorted by."""
    parts = []
    for part in ast.walk(node):
        if not isinstance(part, ast.expr_context | ast.Name | ast.arg):
            told = part.value if isinstance(part, ast.Constant) else getattr(part, "attr", "")
            parts.append(f"{type(part).__name__}:{told!r}")
    return " ".join(parts)


# Names --------------------------------------------------------------------------------------------------------------


def _bound(tree) -> set[str]:
    """The names that the cell gives itself: arguments, variables, functions inside it; what it imports keeps its name.

    The names of top-level functions stay: the assignment chose them.
    """
    names = {part.arg for part in ast.walk(tree) if isinstance(part, ast.arg)} | _names(tree, ast.Store)
    top = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    inner = {part.name for part in ast.walk(tree) if isinstance(part, ast.FunctionDef)}
    return (names | inner) - top


class _Renamed(ast.NodeTransformer):
    """Numbers names in the order in which they first appear."""

    def __init__(self, bound):
        self.bound, self.given = bound, {}

    def name(self, name):
        return self.given.setdefault(name, f"name{len(self.given)}") if name in self.bound else name

    def visit_Name(self, node):
        node.id = self.name(node.id)
        return node

    def visit_arg(self, node):
        node.arg = self.name(node.arg)
        return node

    def visit_FunctionDef(self, node):
        node.name = self.name(node.name)
        return self.generic_visit(node)
