"""Members for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Literal

from werkzeug.security import generate_password_hash

from app.core.clock import now
from app.core.db import db
from app.core.secrets import digest, new_token
from app.team.models import Member, MemberSession, MemberState, Role
from app.team.permissions import Permission
from app.team.sign_in import cookie_of

PASSWORD = "correct horse battery"
# One cheap hash for everyone: tests need not spend their time on it.
_HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")
_numbers = count(1)


def member(
    name: str = "",
    email: str = "",
    permissions: Sequence[str] | Literal["all"] = (),
    account_ids: list[int] | None = None,
    role: Role = Role.MEMBER,
    state: MemberState = MemberState.ACTIVE,
) -> Member:
    """A stored member whose password is PASSWORD."""
    number = next(_numbers)
    row = Member(
        name=name or f"Member {number}",
        email=email or f"member{number}@example.com",
        role=role,
        state=state,
        permissions=[p.value for p in Permission] if permissions == "all" else list(permissions),
        account_ids=account_ids,
        password_hash=_HASH,
    )
    db.session.add(row)
    db.session.commit()
    return row


def administrator(name: str = "", email: str = "") -> Member:
    """A stored administrator."""
    return member(name, email, role=Role.ADMINISTRATOR)


def session_cookie(member: Member) -> str:
    """What the cookie holds of a session that the member started a while ago and has just proved."""
    token, before = new_token(), now() - timedelta(hours=1)
    session = MemberSession(
        member_id=member.id, token_digest=digest(token), created_at=before, used_at=before, proved_at=now()
    )
    db.session.add(session)
    db.session.commit()
    return cookie_of(session, token)
