"""A route asks for the permission of the operations that it calls; of several it may ask for some."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from flask import Flask

from app.team.actors import SELF, scope_permissions
from app.team.operation import OPERATIONS, Operation

# Open to all, and they call the operation only for a member who is signed in.
PUBLIC = {"preferences.language", "preferences.theme"}
View = Callable[..., Any]


def operations_of(view: View, seen: set[View] | None = None) -> Iterator[Operation]:
    """Find the operations that a view calls, itself or through functions of its own module."""
    seen, function = seen if seen is not None else set(), inspect.unwrap(view)
    if function in seen:
        return
    seen.add(function)
    by_function = {operation.function: operation for operation in OPERATIONS.values()}
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        called = _resolve(node.func, function.__globals__) if isinstance(node, ast.Call) else None
        if type(called) is FunctionType and called in by_function:
            yield by_function[called]
        elif type(called) is FunctionType and called.__module__ == function.__module__:
            yield from operations_of(called, seen)


def _resolve(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = names.get(node.value.id)
        return getattr(module, node.attr, None) if type(module) is ModuleType else None
    return None


def asks_for_one_of(view: View, needed: set[str]) -> bool:
    """Whether each who may use the route has one of the permissions; a key has those of its scope."""
    words = getattr(view, "access", "").split("|")
    held = [scope_permissions(word[4:]) if word.startswith("key:") else {word} for word in words]
    return all(permissions & needed for permissions in held)


def test_routes_ask_for_what_their_operations_need(migrated_app: Flask) -> None:
    checked = 0
    for endpoint, view in migrated_app.view_functions.items():
        for operation in operations_of(view):
            needed = {"member" if permission == SELF else permission for permission in operation.permissions}
            if endpoint not in PUBLIC:
                assert asks_for_one_of(view, needed), f"{endpoint} calls {operation.function.__qualname__}"
            checked += 1
    assert checked > len(OPERATIONS) / 2, "Routes must be found to call the operations."
