"""Members for tests."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Literal

from werkzeug.security import generate_password_hash

from app.core.db import db
from app.core.secrets import new_token
from app.team.models import Member, MemberState, Role
from app.team.permissions import Permission

PASSWORD = "correct horse battery"
# One cheap hash for everybody: tests need not spend their time on it.
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
        session_key=new_token(),
    )
    db.session.add(row)
    db.session.commit()
    return row


def administrator(name: str = "", email: str = "") -> Member:
    """A stored administrator."""
    return member(name, email, role=Role.ADMINISTRATOR)
