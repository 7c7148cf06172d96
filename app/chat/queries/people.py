"""Members who may answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from app.core.asked_once import asked_once
from app.core.db import db
from app.team.actors import Actor
from app.team.models import Member, MemberState
from app.team.permissions import Permission


def answering_members(account_ids: Collection[int]) -> Sequence[Member]:
    """Return the active members who may use the chat of one of these accounts, by name."""
    return [one for one in asked_once("active members", _active) if _may_answer(one, account_ids)]


def _active() -> Sequence[Member]:
    query = select(Member).where(Member.state == MemberState.ACTIVE)
    return db.session.scalars(query.order_by(Member.name, Member.id)).all()


def _may_answer(member: Member, account_ids: Collection[int]) -> bool:
    who = Actor.of_member(member)
    return who.may(Permission.CHAT) and any(map(who.may_see_account, account_ids))
