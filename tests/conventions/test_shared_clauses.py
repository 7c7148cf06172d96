"""A FROM clause that a module keeps is used by all threads, and therefore prepared by `shared`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.conventions.source import python_files, short, tree_of

MAKERS = {"alias", "cte", "lateral", "subquery"}


def at_import(module: ast.Module) -> Iterator[ast.AST]:
    """All nodes that run when the module is imported: none inside of functions."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def unprepared(module: ast.Module) -> list[int]:
    """Lines of clauses that are kept as they are, and of aliases that make a clause of their own."""
    called = [node for node in at_import(module) if isinstance(node, ast.Call)]
    prepared = {id(one) for call in called if ast.unparse(call.func) == "shared" for one in call.args}
    made = [
        call
        for call in called
        if (isinstance(call.func, ast.Attribute) and call.func.attr in MAKERS and id(call) not in prepared)
        or (ast.unparse(call.func) == "aliased" and len(call.args) < 2)
    ]
    return sorted(call.lineno for call in made)


def test_kept_clauses_are_prepared_for_all_threads() -> None:
    found = {short(path): lines for path in python_files() if (lines := unprepared(tree_of(path)))}
    assert found == {}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("ROWS = select(Row).subquery()", [1]),
        ("ROWS = aliased(Row, name='rows')", [1]),
        ("ROWS = shared(select(Row).subquery())", []),
        ("ROWS = aliased(Row, shared(Row.__table__.alias('rows')))", []),
        ("def rows():\n    return aliased(Row, select(Row).subquery())", []),
    ],
)
def test_which_clauses_are_refused(source: str, expected: list[int]) -> None:
    assert unprepared(ast.parse(source)) == expected
