"""The one table of what each operation needs, and the decorator that enters an operation and checks its actor.

Routes, commands and tools of agents read `OPERATIONS`, so that the same act needs the same permission everywhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from app.core.errors import NotAllowed, NotFound
from app.core.registry import Registry
from app.team.actors import SELF, Actor, ActorKind

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Operation:
    """A registered operation: its function, and the permissions of which an actor needs at least one."""

    function: Callable[..., Any]
    permissions: frozenset[str]

    @property
    def access(self) -> str:
        """The permissions in one word, as routes state theirs: "settings" or "broadcasts|chat"."""
        return "|".join(sorted(self.permissions))


# By qualified name, such as "app.line.operations.connecting.disconnect".
OPERATIONS: Registry[Operation] = Registry("operation")


def operation(*permissions: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register the function as an operation that needs one of these permissions.

    The function takes `actor` by keyword. Its first parameter says which account is changed: `account`, `account_id`
    (None for what belongs to no account), or an object with an `account_id`. Before the body runs, NotAllowed is raised
    for an actor without the permission, and NotFound for one that may not see the account. SELF as permission means the
    member who is the first argument.
    """

    def register(function: Callable[P, R]) -> Callable[P, R]:
        subject = _subject_parameter(function)

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = kwargs.get("actor")
            if not isinstance(actor, Actor):
                raise TypeError(f"{function.__qualname__} needs an Actor as actor.")
            value = args[0] if args else kwargs.get(subject)
            _check_permission(actor, needed.permissions, value)
            _check_account(actor, _account_id(subject, value))
            return function(*args, **kwargs)

        needed = Operation(checked, frozenset(permissions))
        OPERATIONS.add(f"{function.__module__}.{function.__qualname__}", needed)
        checked.permissions = needed.permissions  # type: ignore[attr-defined]
        return checked

    return register


def permissions_of(function: Callable[..., Any]) -> frozenset[str]:
    """Return the permissions of a registered operation, for routes and commands that wrap it."""
    return OPERATIONS[f"{function.__module__}.{function.__qualname__}"].permissions


def _subject_parameter(function: Callable[..., Any]) -> str:
    """Return the name of the first parameter; raises TypeError unless `actor` is taken by keyword only."""
    parameters = inspect.signature(function).parameters
    if "actor" not in parameters or parameters["actor"].kind is not inspect.Parameter.KEYWORD_ONLY:
        raise TypeError(f"{function.__qualname__} must take actor by keyword.")
    return next(iter(parameters))


def _check_permission(actor: Actor, permissions: frozenset[str], value: object) -> None:
    if SELF in permissions:
        is_allowed = actor.kind is ActorKind.SYSTEM or actor.member_id == getattr(value, "id", None) is not None
    else:
        is_allowed = any(map(actor.may, permissions))
    if not is_allowed:
        raise NotAllowed


def _account_id(parameter: str, value: Any) -> int | None:
    """Find the account in the first argument, as its name or its attribute says."""
    if parameter == "account_id":
        return None if value is None else int(value)
    return value.id if parameter == "account" else getattr(value, "account_id", None)


def _check_account(actor: Actor, account_id: int | None) -> None:
    if account_id is not None and not actor.may_see_account(account_id):
        raise NotFound
