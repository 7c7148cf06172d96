"""The personal value of ID links: the friend's user ID in the business's own systems."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, func, select, true

from app.core.db import db
from app.core.i18n import _l
from app.friends.models import Friend, IdLink
from app.messages.content.personal_sources.friends import ATTRIBUTES
from app.messages.content.personal_values import SOURCES, PersonalSource, PersonalValueType

EXTERNAL_USER_ID = PersonalValueType("external_user_id", _l("External user ID"), ATTRIBUTES)
# As long as an imported user ID may be; with millions of links, looking at all of them would take too long.
_LOOKED_AT = 10_000
# Put together once, since every message with personal values asks.
_USER_IDS = (
    select(Friend.id, IdLink.user_id)
    .join(IdLink, (IdLink.account_id == Friend.account_id) & (IdLink.line_user_id == Friend.line_user_id))
    .where(
        Friend.id == any_(bindparam("friend_ids", type_=ARRAY(BigInteger))),
        Friend.account_id == bindparam("account_id"),
    )
)


def _types(account_id: int) -> tuple[PersonalValueType]:
    del account_id
    return (EXTERNAL_USER_ID,)


def _values(account_id: int, friend_ids: Collection[int], names: Collection[str]) -> Mapping[int, Mapping[str, str]]:
    del names
    rows = db.session.execute(_USER_IDS, {"account_id": account_id, "friend_ids": list(friend_ids)})
    return {friend_id: {EXTERNAL_USER_ID.name: user_id} for friend_id, user_id in rows}


def _longest(account_id: int, names: Collection[str]) -> Mapping[str, str]:
    """Return the longest of some IDs; those of one system are of about one length."""
    del names
    some = select(IdLink.user_id).where(IdLink.account_id == account_id).limit(_LOOKED_AT).subquery()
    longest = select(some.c.user_id).where(true()).order_by(func.octet_length(some.c.user_id).desc()).limit(1)
    found = db.session.scalar(longest)
    return {EXTERNAL_USER_ID.name: found} if found else {}


SOURCES.add("id_links", PersonalSource(_types, _values, _longest))
