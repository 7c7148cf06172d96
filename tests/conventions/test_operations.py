"""Every write of a member is an operation that states what it needs, and refuses an actor who lacks it.

NO_ACTOR lists what runs without one, each with the reason: a prefix stands for everything below it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from app.core.errors import NotAllowed
from app.team.actors import Actor, ActorKind
from app.team.operation import OPERATIONS
from tests.conventions.source import APP, python_files

NO_ACTOR = {
    "app.core": "is below members; its callers are operations of the layers above",
    # NOT YET: one line for each package that is still to be moved.
    "app.team": "not yet",
    "app.line": "not yet",
    "app.friends": "not yet",
    "app.segments": "not yet",
    "app.imports": "not yet",
    "app.media": "not yet",
}
STRANGER = Actor(ActorKind.MEMBER, 0, "A stranger")


def operation_modules() -> Iterator[str]:
    """All modules that hold writes: `operations.py`, and everything in packages of that name."""
    for path in python_files("app"):
        parts = path.relative_to(APP.parent).with_suffix("").parts
        if "operations" in parts and path.name != "__init__.py":
            yield ".".join(parts)


def public_functions() -> Iterator[str]:
    """Qualified names of all public functions of these modules."""
    for module in operation_modules():
        path = APP.parent / (module.replace(".", "/") + ".py")
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"{module}.{node.name}"


def is_listed(name: str) -> bool:
    """Whether the function stands in the list, itself or as part of its module or package."""
    return any(name == listed or name.startswith(f"{listed}.") for listed in NO_ACTOR)


for _module in operation_modules():
    importlib.import_module(_module)


@pytest.mark.parametrize("name", sorted(public_functions()))
def test_every_write_states_its_permission(name: str) -> None:
    assert name in OPERATIONS or is_listed(name), f"{name} needs @operation(…), or a reason in NO_ACTOR."


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_actor_without_the_permission_is_refused_before_anything_happens(name: str) -> None:
    function = OPERATIONS[name].function
    given = [parameter for parameter in inspect.signature(function).parameters.values() if parameter.name != "actor"]
    by_position = [Mock(spec=[]) for parameter in given if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    by_name = {parameter.name: Mock(spec=[]) for parameter in given if parameter.kind is parameter.KEYWORD_ONLY}
    with pytest.raises(NotAllowed):
        function(*by_position, **by_name, actor=STRANGER)


def test_the_list_of_exceptions_names_only_what_exists() -> None:
    names = {*public_functions(), *operation_modules()}
    for listed in NO_ACTOR:
        assert any(name == listed or name.startswith(f"{listed}.") for name in names), f"{listed} is gone."
