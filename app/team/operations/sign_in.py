"""Check passwords, and record when members sign in and out."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import or_, update

from app.core.clock import now
from app.core.db import db
from app.core.i18n import _l
from app.core.secrets import new_token
from app.team import audit, passwords, queries
from app.team.actors import SELF, Actor
from app.team.models import Member
from app.team.operation import operation

log = structlog.get_logger(__name__)
audit.describe(
    {
        "sign_in.started": _l("signed in"),
        "sign_in.started_with_recovery_code": _l("signed in with a recovery code"),
        "sign_in.ended": _l("signed out"),
        "sign_in.ended_elsewhere": _l("signed out on all other devices"),
    },
    {"sign_in": _l("Sign-in")},
)


def authenticate(email: str, password: str) -> Member | None:
    """Return the active member with this e-mail and password; takes as long when there is no such member."""
    member = queries.member_by_email(email)
    fits = passwords.matches(member.password_hash if member else None, password)
    if member and fits and member.is_active:
        return member
    log.warning("sign_in.refused", member_id=member.id if member else None)
    return None


def note_start(member: Member, with_recovery_code: bool = False) -> None:
    """Record that the member has signed in."""
    member.last_seen_at = now()
    audit.record(
        Actor.of_member(member), "sign_in.started_with_recovery_code" if with_recovery_code else "sign_in.started"
    )


@operation(SELF)
def note_end(member: Member, *, actor: Actor) -> None:
    """Record that the member has signed out."""
    audit.record(actor, "sign_in.ended")


def note_presence(member: Member) -> bool:
    """Store when the member was last here, every five minutes; returns whether there was anything to store.

    The caller commits at once, so that requests side by side wait only a moment for the row.
    """
    before = now() - timedelta(minutes=5)
    if member.last_seen_at and member.last_seen_at > before:
        return False
    stale = or_(Member.last_seen_at.is_(None), Member.last_seen_at <= before)
    db.session.execute(update(Member).where(Member.id == member.id, stale).values(last_seen_at=now()))
    return True


def end_everywhere(member: Member) -> None:
    """End every session of this member."""
    member.session_key = new_token()


@operation(SELF)
def end_elsewhere(member: Member, *, actor: Actor) -> None:
    """End every session of this member, on their own wish; the caller starts the present one again."""
    end_everywhere(member)
    audit.record(actor, "sign_in.ended_elsewhere")
