"""What members set up of the friends list for themselves: columns, and views under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import InvalidInput, NotAllowed, NotFound
from app.core.i18n import _l
from app.core.names import clean_name
from app.friends.columns import columns_named
from app.friends.list_models import ListColumns, ListView
from app.friends.queries.list_views import find_view
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

MOST_VIEWS = 50


@operation(Permission.FRIENDS)
def save_view(account_id: int, name: str, args: Mapping[str, Any], columns: Sequence[str], *, actor: Actor) -> ListView:
    """Keep filter, order and columns under a name, in place of the member's view of that name.

    `args` are those of the list's address. Raises InvalidInput(name).
    """
    member_id, named = _member_id(actor), clean_name(name)
    values: dict[str, Any] = {"name": named, "args": dict(args), "columns": _known(account_id, columns)}
    keys: Any = [ListView.member_id, ListView.account_id, func.same_look(ListView.name)]
    stored = insert(ListView).values(member_id=member_id, account_id=account_id, **values)
    view_id = db.session.execute(
        stored.on_conflict_do_update(index_elements=keys, set_=values).returning(ListView.id)
    ).scalar_one()
    mine = (ListView.member_id == member_id, ListView.account_id == account_id)
    if (db.session.scalar(select(func.count()).select_from(ListView).where(*mine)) or 0) > MOST_VIEWS:
        raise InvalidInput(name=_l("You keep 50 views already. Delete one first."))
    return db.session.get_one(ListView, view_id, populate_existing=True)


@operation(Permission.FRIENDS)
def delete_view(account_id: int, view_id: int, *, actor: Actor) -> None:
    """Delete a view of the member; raises NotFound."""
    view = find_view(account_id, _member_id(actor), view_id)
    if view is None:
        raise NotFound
    db.session.delete(view)


@operation(Permission.FRIENDS)
def choose_columns(account_id: int, columns: Sequence[str], *, view_id: int | None = None, actor: Actor) -> None:
    """Keep which columns the member sees, in this order, in the open view or else in the list. Raises NotFound."""
    member_id, known = _member_id(actor), _known(account_id, columns)
    if view_id is not None:
        view = find_view(account_id, member_id, view_id)
        if view is None:
            raise NotFound
        view.columns = known
        return
    stored = insert(ListColumns).values(member_id=member_id, account_id=account_id, columns=known)
    keys: Any = [ListColumns.member_id, ListColumns.account_id]
    db.session.execute(stored.on_conflict_do_update(index_elements=keys, set_={"columns": known}))
    db.session.expire_all()


def _known(account_id: int, columns: Sequence[str]) -> list[str]:
    return [one.name for one in columns_named(account_id, columns)]


def _member_id(actor: Actor) -> int:
    if actor.member_id is None:
        raise NotAllowed
    return actor.member_id
