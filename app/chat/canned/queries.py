"""Reads of canned replies."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, any_, func, literal, or_, select

from app.chat.canned.kind import seen_by
from app.chat.canned.models import CannedReply, Sharing
from app.core.db import db
from app.core.errors import NotFound
from app.messages.conversations.models import Conversation
from app.team.actors import Actor

# So many are offered in a conversation, the most used ones.
MOST_OFFERED = 200


def get_reply(account_id: int, reply_id: int, actor: Actor, *, for_update: bool = False) -> CannedReply:
    """Return a reply that is kept in the account and that the actor may see; raises NotFound."""
    query = select(CannedReply).where(CannedReply.account_id == account_id, CannedReply.id == reply_id, *seen_by(actor))
    query = query.with_for_update() if for_update else query
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def usable_in(account_id: int, actor: Actor) -> ColumnElement[bool]:
    """Return the condition of replies that the actor may use in a conversation of the account."""
    return or_(
        CannedReply.shared == Sharing.TEAM,
        and_(CannedReply.shared == Sharing.MINE, CannedReply.owner_id == actor.member_id),
        and_(CannedReply.shared == Sharing.ACCOUNTS, literal(account_id) == any_(CannedReply.account_ids)),
    )


def usable_replies(conversation: Conversation, actor: Actor) -> Sequence[CannedReply]:
    """Return what may be put into an answer, the most used first."""
    query = select(CannedReply).where(usable_in(conversation.account_id, actor))
    order = (CannedReply.used.desc(), func.search_fold(CannedReply.name), CannedReply.id)
    return db.session.scalars(query.order_by(*order).limit(MOST_OFFERED)).all()


def usable_reply(conversation: Conversation, reply_id: int, actor: Actor) -> CannedReply:
    """Return one of them; raises NotFound."""
    mine = CannedReply.id == reply_id, usable_in(conversation.account_id, actor)
    found = db.session.scalar(select(CannedReply).where(*mine))
    if found is None:
        raise NotFound
    return found
