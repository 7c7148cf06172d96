"""Views of the friends list that members keep, and the columns that they have chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, and_, bindparam, select

from app.core.db import db
from app.friends.columns import USUAL
from app.friends.list_models import ListColumns, ListView
from app.team.models import Member

_ACCOUNT = bindparam("account_id", type_=BigInteger)
# Put together once, as every page of the list asks.
_KEPT = (
    select(ListColumns, ListView)
    .select_from(Member)
    .outerjoin(ListColumns, and_(ListColumns.member_id == Member.id, ListColumns.account_id == _ACCOUNT))
    .outerjoin(ListView, and_(ListView.member_id == Member.id, ListView.account_id == _ACCOUNT))
    .where(Member.id == bindparam("member_id"))
    .order_by(ListView.name, ListView.id)
)


@dataclass(frozen=True)
class KeptOfList:
    """What a member keeps of an account's list: the names of chosen columns, or those that everyone has, and views."""

    columns: Sequence[str]
    views: Sequence[ListView]


def kept_of_list(account_id: int, member_id: int) -> KeptOfList:
    """Return what the member keeps, the views by name."""
    rows = db.session.execute(_KEPT, {"account_id": account_id, "member_id": member_id}).all()
    chosen = rows[0].ListColumns if rows else None
    return KeptOfList(chosen.columns if chosen else USUAL, [row.ListView for row in rows if row.ListView])


def find_view(account_id: int, member_id: int, view_id: int) -> ListView | None:
    """Return the member's view of the account's list; None where there is none."""
    found = db.session.get(ListView, view_id)
    is_mine = found is not None and (found.account_id, found.member_id) == (account_id, member_id)
    return found if is_mine else None
