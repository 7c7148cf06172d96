"""An operation checks its actor before anything else happens."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from app.core.errors import NotAllowed, NotFound
from app.team.actors import SELF, SYSTEM, Actor, ActorKind
from app.team.operation import OPERATIONS, operation, permissions_of


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    with OPERATIONS.restored():
        yield


def someone(*permissions: str, accounts: frozenset[int] | None = None) -> Actor:
    return Actor(ActorKind.MEMBER, 1, "Bob", frozenset(permissions), accounts)


def test_the_permission_and_the_account_are_checked_first() -> None:
    done: list[int] = []

    @operation("tags")
    def paint(account_id: int, *, actor: Actor) -> None:
        done.append(account_id)

    with pytest.raises(NotAllowed):
        paint(3, actor=someone("friends"))
    with pytest.raises(NotFound):
        paint(3, actor=someone("tags", accounts=frozenset({4})))
    assert done == []
    paint(3, actor=someone("tags", accounts=frozenset({3})))
    paint(account_id=5, actor=SYSTEM)
    assert done == [3, 5]
    assert permissions_of(paint) == {"tags"}


@pytest.mark.parametrize("name", ["account", "row"])
def test_the_account_is_found_in_the_first_argument(name: str) -> None:
    def on_account(account: SimpleNamespace, *, actor: Actor) -> None: ...

    def on_row(row: SimpleNamespace, *, actor: Actor) -> None: ...

    checked = operation("tags")(on_account if name == "account" else on_row)
    subject = SimpleNamespace(id=3, account_id=3)
    checked(subject, actor=someone("tags", accounts=frozenset({3})))
    with pytest.raises(NotFound):
        checked(subject, actor=someone("tags", accounts=frozenset({4})))


def test_one_of_several_permissions_is_enough() -> None:
    @operation("chat", "broadcasts")
    def paint(*, color: str, actor: Actor) -> str:
        return color

    assert paint(color="red", actor=someone("broadcasts")) == "red"
    with pytest.raises(NotAllowed):
        paint(color="red", actor=someone("tags"))


def test_members_change_themselves_only() -> None:
    @operation(SELF)
    def rename(member: SimpleNamespace, *, actor: Actor) -> str:
        return "done"

    assert rename(SimpleNamespace(id=1), actor=someone("member")) == "done"
    with pytest.raises(NotAllowed):
        rename(SimpleNamespace(id=2), actor=someone("member", "administrator"))
    with pytest.raises(NotAllowed):
        rename(SimpleNamespace(id=1), actor=Actor(ActorKind.API_KEY, 1, "API", frozenset()))


def test_an_operation_takes_its_actor_by_keyword() -> None:
    def paint(actor: Actor) -> None: ...

    with pytest.raises(TypeError):
        operation("tags")(paint)


def test_without_an_actor_nothing_happens(people: SimpleNamespace) -> None:
    """A member is no actor, although it has permissions too."""
    done: list[int] = []

    @operation("tags")
    def paint(account_id: int, *, actor: Actor) -> None:
        done.append(account_id)

    for given in ({}, {"actor": None}, {"actor": people.alice}):
        with pytest.raises(TypeError, match="needs an Actor"):
            paint(3, **given)
    assert done == []
