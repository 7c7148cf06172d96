"""Check passwords, and keep one row for each session: a browser in which a member has signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog
from sqlalchemy import ColumnElement, delete, or_, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _l
from app.core.secrets import digest, new_token
from app.team import audit, passwords, queries
from app.team.actors import SELF, Actor
from app.team.models import Member, MemberSession
from app.team.operation import operation

log = structlog.get_logger(__name__)
# How exactly it is known when a session was last used.
NOTED_EVERY = timedelta(minutes=5)
audit.describe(
    {
        "sign_in.started": _l("signed in"),
        "sign_in.started_with_recovery_code": _l("signed in with a recovery code"),
        "sign_in.started_with_passkey": _l("signed in with a passkey"),
        "sign_in.ended": _l("signed out"),
        "sign_in.ended_elsewhere": _l("signed out on all other devices"),
        "sign_in.session_ended": _l("signed out one of their devices"),
    },
    {"sign_in": _l("Sign-in")},
)


@dataclass(frozen=True)
class RequestOrigin:
    """From where a request comes: an IP address, None when it is not known, and what the browser calls itself."""

    address: str | None = None
    browser: str = ""


def authenticate(email: str, password: str) -> Member | None:
    """Return the active member with this e-mail and password; takes as long when there is no such member."""
    member = queries.member_by_email(email)
    fits = passwords.matches(member.password_hash if member else None, password)
    if member and fits and member.is_active:
        return member
    log.warning("sign_in.refused", member_id=member.id if member else None)
    return None


class SignInMethod(StrEnum):
    """With what a member has signed in, as the verb of the audit log says it."""

    PASSWORD = "sign_in.started"  # noqa: S105
    RECOVERY_CODE = "sign_in.started_with_recovery_code"
    PASSKEY = "sign_in.started_with_passkey"


def start(
    member: Member, origin: RequestOrigin, proof: SignInMethod = SignInMethod.PASSWORD
) -> tuple[MemberSession, str]:
    """Start a session of a member who has just proved who they are; returns it with its token, stored nowhere."""
    token, moment = new_token(), now()
    session = MemberSession(
        member_id=member.id,
        token_digest=digest(token),
        created_at=moment,
        used_at=moment,
        proved_at=moment,
        address=origin.address,
        browser=origin.browser,
    )
    db.session.add(session)
    member.last_seen_at = moment
    audit.record(Actor.of_member(member), proof.value)
    db.session.flush()
    return session, token


@operation(SELF)
def end(member: Member, session: MemberSession, *, actor: Actor) -> None:
    """Sign the member out of this session for good, also where its cookie was copied."""
    _delete(MemberSession.id == session.id)
    audit.record(actor, "sign_in.ended")


@operation(SELF)
def end_one(member: Member, session_id: int, *, actor: Actor) -> None:
    """End one of the member's sessions; raises NotFound for any other."""
    if not _delete(MemberSession.id == session_id, MemberSession.member_id == member.id):
        raise NotFound
    audit.record(actor, "sign_in.session_ended")


def note_presence(member: Member, session: MemberSession, origin: RequestOrigin) -> bool:
    """Store when and where the member was last here, every five minutes; returns whether there was anything to store.

    The caller commits at once, so that requests side by side wait only a moment for the rows.
    """
    moment = now()
    before, is_elsewhere = moment - NOTED_EVERY, session.address != origin.address
    if session.used_at > before and not is_elsewhere:
        return False
    values = {"used_at": moment, "address": origin.address, "browser": origin.browser}
    due = or_(MemberSession.used_at <= before, MemberSession.address.is_distinct_from(origin.address))
    db.session.execute(update(MemberSession).where(MemberSession.id == session.id, due).values(values))
    stale = or_(Member.last_seen_at.is_(None), Member.last_seen_at <= before)
    db.session.execute(update(Member).where(Member.id == member.id, stale).values(last_seen_at=moment))
    return True


def end_everywhere(member: Member, but: MemberSession | None = None) -> None:
    """End every session of this member, except one."""
    kept = () if but is None else (MemberSession.id != but.id,)
    _delete(MemberSession.member_id == member.id, *kept)


@operation(SELF)
def end_elsewhere(member: Member, present: MemberSession, *, actor: Actor) -> None:
    """End every session of this member but the present one, on their own wish."""
    end_everywhere(member, but=present)
    audit.record(actor, "sign_in.ended_elsewhere")


def _delete(*which: ColumnElement[bool]) -> bool:
    deleted = delete(MemberSession).where(*which).returning(MemberSession.id)
    return bool(db.session.scalars(deleted).all())
