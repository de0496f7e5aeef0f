"""Which cells of a notebook must run so that others can."""

import ast
import symtable

from IPython.core.inputtransformer2 import TransformerManager


def needed_cells(cells, wanted):
    """Those of the code cells `cells`, in order, that the cells `wanted`, a part of them, need, and these themselves.

    A cell is needed if it gives a value to a name that is read later, or changes what that name stands for, as
    `rows.append(…)` and `rows[0] = …` do. The first cell, the set-up, always is. Other effects go unseen: a seed.
    """
    trees = [ast.parse(TransformerManager().transform_cell(cell.source)) for cell in cells]
    modules = set().union(*(names(statement, "is_imported") for tree in trees for statement in tree.body))
    needed, missing = [], set()
    for cell, tree in reversed(list(zip(cells, trees, strict=True))):
        read, bound = set(), set()
        for statement in tree.body:
            new = names(statement, "is_assigned") | names(statement, "is_imported")
            first = new if isinstance(statement, ast.For) else set()  # a loop's names have values before it reads them
            sums = [node.target for node in ast.walk(statement) if isinstance(node, ast.AugAssign)]
            before = {target.id for target in sums if isinstance(target, ast.Name)}
            read |= (names(statement, "is_referenced") - first | before) - bound
            bound |= new
        if cell in wanted or cell is cells[0] or missing & (bound | changed(tree) - modules):
            needed.insert(0, cell)
            missing = missing - bound | read
    return needed


def names(statement, what):
    """The notebook's names for which `what` holds in a statement; "is_referenced" also in the functions in it."""

    def found(table):
        here = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and getattr(symbol, what)()}
        return here.union(*map(found, table.get_children() if what == "is_referenced" else ()))

    return found(symtable.symtable(ast.unparse(statement), "cell", "exec"))


def changed(tree):
    """The names whose attributes or items a cell sets, or whose methods it calls without looking at the result."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            node = node.value.func
        elif not isinstance(getattr(node, "ctx", None), ast.Store):
            continue
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
            if isinstance(node, ast.Name):
                found.add(node.id)
    return found
