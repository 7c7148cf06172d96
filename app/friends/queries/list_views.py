"""Views of the friends list that members keep, and the columns that they have chosen."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core.db import db
from app.friends.columns import USUAL
from app.friends.list_models import ListColumns, ListView


def views_of(account_id: int, member_id: int) -> Sequence[ListView]:
    """Return the member's views of an account's list, by name."""
    query = select(ListView).where(ListView.account_id == account_id, ListView.member_id == member_id)
    return db.session.scalars(query.order_by(ListView.name, ListView.id)).all()


def find_view(account_id: int, member_id: int, view_id: int) -> ListView | None:
    """Return the member's view of the account's list; None where there is none."""
    found = db.session.get(ListView, view_id)
    is_mine = found is not None and (found.account_id, found.member_id) == (account_id, member_id)
    return found if is_mine else None


def chosen_columns(account_id: int, member_id: int) -> Sequence[str]:
    """Return the names of the columns that the member has chosen, or those that everyone has."""
    found = db.session.get(ListColumns, (member_id, account_id))
    return found.columns if found else USUAL
