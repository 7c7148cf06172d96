"""What members set up for themselves: filters under a name, and how they are told of new messages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.chat.filters import ConversationFilter
from app.chat.models import ChatFilter, ChatMember
from app.chat.operations.marks import open_chat
from app.core.db import db
from app.core.errors import InvalidInput, NotAllowed, NotFound
from app.core.i18n import _l
from app.core.names import clean_name
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

MOST_FILTERS = 50
ALERTS = frozenset({"is_notified", "is_rung"})


@operation(Permission.CHAT)
def save_filter(account_id: None, name: str, wanted: ConversationFilter, *, actor: Actor) -> None:
    """Keep a filter under a name, in place of the member's one of that name; raises InvalidInput."""
    member_id, named = _member_id(actor), clean_name(name)
    mine = select(func.count()).select_from(ChatFilter).where(ChatFilter.member_id == member_id)
    if not wanted.args:
        raise InvalidInput(name=_l("Choose first what the list is to show."))
    if (db.session.scalar(mine) or 0) >= MOST_FILTERS:
        raise InvalidInput(name=_l("You keep 50 filters already. Delete one first."))
    values: dict[str, Any] = {"member_id": member_id, "name": named, "args": wanted.args}
    keys: Any = [ChatFilter.member_id, func.same_look(ChatFilter.name)]
    update = {"name": named, "args": wanted.args}
    db.session.execute(insert(ChatFilter).values(values).on_conflict_do_update(index_elements=keys, set_=update))


@operation(Permission.CHAT)
def delete_filter(account_id: None, filter_id: int, *, actor: Actor) -> None:
    """Delete a filter of the member; raises NotFound."""
    found = db.session.get(ChatFilter, filter_id)
    if found is None or found.member_id != _member_id(actor):
        raise NotFound
    db.session.delete(found)


@operation(Permission.CHAT)
def set_alert(account_id: None, alert: str, *, is_on: bool, actor: Actor) -> ChatMember:
    """Switch a way in which the member is told of new messages on or off; `alert` is one of ALERTS."""
    if alert not in ALERTS:
        raise InvalidInput(alert=_l("Choose one from the list."))
    mine = open_chat(None, actor=actor)
    setattr(mine, alert, is_on)
    return mine


def _member_id(actor: Actor) -> int:
    if actor.member_id is None:
        raise NotAllowed
    return actor.member_id
