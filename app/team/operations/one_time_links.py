"""Issue, spend and void single-use links."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from app.core import secrets
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.team.models import LinkPurpose, Member, MemberLink

LIFETIMES = {LinkPurpose.INVITATION: timedelta(days=7), LinkPurpose.PASSWORD_RESET: timedelta(hours=1)}


def issue(member: Member, purpose: LinkPurpose) -> tuple[MemberLink, str]:
    """Make a link; returns it with its token, which is stored nowhere. An invitation voids the one before."""
    if purpose is LinkPurpose.INVITATION:
        void(member, purpose)
    token = secrets.new_token()
    link = MemberLink(
        member_id=member.id,
        purpose=purpose,
        token_digest=secrets.digest(token),
        created_at=now(),
        expires_at=now() + LIFETIMES[purpose],
    )
    db.session.add(link)
    db.session.flush()
    return link, token


def void(member: Member, *purposes: LinkPurpose) -> None:
    """Make the member's open links of these purposes useless."""
    db.session.execute(
        update(MemberLink)
        .where(MemberLink.member_id == member.id, MemberLink.purpose.in_(purposes))
        .where(MemberLink.used_at.is_(None), MemberLink.voided_at.is_(None))
        .values(voided_at=now())
    )


def spend(link: MemberLink) -> None:
    """Use the link, which works once even when it is opened twice at the same moment; raises Conflict."""
    spent = db.session.execute(
        update(MemberLink)
        .where(MemberLink.id == link.id, MemberLink.used_at.is_(None), MemberLink.voided_at.is_(None))
        .where(MemberLink.expires_at > now())
        .values(used_at=now())
        .returning(MemberLink.id)
    ).one_or_none()
    if spent is None:
        raise Conflict(_l("This link cannot be used any more."))
