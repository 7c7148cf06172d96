"""Members who may answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from app.core.db import db
from app.team.actors import Actor
from app.team.models import Member, MemberState
from app.team.permissions import Permission


def answering_members(account_ids: Collection[int]) -> Sequence[Member]:
    """Return the active members who may use the chat of one of these accounts, by name."""
    active = select(Member).where(Member.state == MemberState.ACTIVE).order_by(Member.name, Member.id)
    return [one for one in db.session.scalars(active) if _may_answer(one, account_ids)]


def _may_answer(member: Member, account_ids: Collection[int]) -> bool:
    who = Actor.of_member(member)
    return who.may(Permission.CHAT) and any(map(who.may_see_account, account_ids))
