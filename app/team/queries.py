"""Reads of team: workspace, members, their links, and the keys of programs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select

from app.core import secrets
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import listed
from app.team import countries
from app.team.models import ApiKey, LinkPurpose, Member, MemberLink, MemberSession, MemberState, Passkey, Workspace

# What the list of members can be sorted by.
SORTS: dict[str, ColumnElement[Any]] = {
    "name": func.lower(Member.name),
    "email": func.lower(Member.email),
    "role": Member.role.expression,
    "state": Member.state.expression,
    "seen": Member.last_seen_at.expression,
}
# Put together once, since every request asks.
_SESSION = (
    select(MemberSession, Member, Workspace)
    .join(Member, Member.id == MemberSession.member_id)
    .outerjoin(Workspace, Workspace.id == 1)
    .where(MemberSession.id == bindparam("session_id"))
)


def workspace() -> Workspace:
    """Return the workspace; before its settings are first saved, the defaults."""
    stored = db.session.get(Workspace, 1)
    return stored or Workspace(id=1, name="Tomoru", time_zone="Asia/Tokyo", language="en", country=countries.DEFAULT)


def names_of(member_ids: Collection[int | None]) -> Mapping[int, str]:
    """Return names of these members; removed members are left out."""
    ids = {member_id for member_id in member_ids if member_id is not None}
    rows = db.session.execute(select(Member.id, Member.name).where(Member.id.in_(ids))) if ids else ()
    return {row.id: row.name for row in rows}


def key_name(key_id: int | None) -> str:
    """Return the name of an API key; empty for None."""
    return db.session.scalar(select(ApiKey.name).where(ApiKey.id == key_id)) or "" if key_id is not None else ""


def workspace_icon() -> tuple[bytes, str] | None:
    """Return the uploaded picture and its media type."""
    row = db.session.execute(select(Workspace.icon, Workspace.icon_type)).one_or_none()
    return (bytes(row.icon), row.icon_type) if row and row.icon else None


def has_members() -> bool:
    """Return whether the installation has a member; until then the first page makes the first administrator."""
    return bool(db.session.scalar(select(exists().select_from(Member))))


def member_by_id(member_id: int) -> Member:
    """Return the member; raises NotFound."""
    member = db.session.get(Member, member_id)
    if member is None:
        raise NotFound
    return member


def session_and_member(session_id: int) -> tuple[MemberSession, Member] | None:
    """Return the session with its member, in one query, since every request asks.

    The workspace comes with them: what asks for it later in the request finds it in the database's session.
    """
    found = db.session.execute(_SESSION, {"session_id": session_id}).one_or_none()
    return (found[0], found[1]) if found else None


def sessions_of(member: Member, days: int, max_days: int) -> Sequence[MemberSession]:
    """Return the member's sessions that were used within `days` and begun within `max_days`, the last used first."""
    query = select(MemberSession).where(
        MemberSession.member_id == member.id,
        MemberSession.used_at > now() - timedelta(days=days),
        MemberSession.created_at > now() - timedelta(days=max_days),
    )
    return db.session.scalars(query.order_by(MemberSession.used_at.desc(), MemberSession.id.desc())).all()


def keys_of(member: Member) -> Sequence[ApiKey]:
    """Return the keys that the member answers for and that still open something, by name."""
    query = select(ApiKey).where(ApiKey.member_id == member.id, ApiKey.revoked_at.is_(None))
    return db.session.scalars(query.order_by(ApiKey.name, ApiKey.id)).all()


def passkeys_of(member: Member) -> Sequence[Passkey]:
    """Return the member's passkeys, the oldest first."""
    return db.session.scalars(select(Passkey).where(Passkey.member_id == member.id).order_by(Passkey.id)).all()


def passkey_by_credential(credential_id: bytes) -> Passkey | None:
    """Return the passkey that a device knows by this id."""
    return db.session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def member_by_email(email: str) -> Member | None:
    """Return the member with this address, whatever the case of its letters."""
    return db.session.scalar(select(Member).where(func.lower(Member.email) == func.lower(email.strip())))


def members(words: str = "", sort: str = "name", descending: bool = False) -> Sequence[Member]:
    """Return all members whose name or e-mail address contains the words, sorted by one of SORTS."""
    query = select(Member)
    if words.strip():
        pattern = f"%{_literal(words.strip())}%"
        query = query.where(or_(Member.name.ilike(pattern), Member.email.ilike(pattern)))
    column = SORTS.get(sort, SORTS["name"])
    order = column.desc().nulls_last() if descending else column.asc().nulls_last()
    return db.session.scalars(query.order_by(order, Member.id)).all()


def _literal(words: str) -> str:
    """Return the words with LIKE's own signs taken literally."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def people() -> Sequence[Member]:
    """Return all members who may have done something: all but the invited, by name."""
    query = select(Member).where(Member.state != MemberState.INVITED)
    return db.session.scalars(query.order_by(func.lower(Member.name), Member.id)).all()


def administrator_names() -> str:
    """Return the names of active administrators, who can grant more to a member."""
    return listed(person.name for person in people() if person.is_administrator and person.is_active)


def invitations(members: Sequence[Member]) -> dict[int, MemberLink]:
    """Return the newest invitation of each of these members who has one, by member id."""
    invited = [member.id for member in members if member.state == MemberState.INVITED]
    query = select(MemberLink).where(MemberLink.member_id.in_(invited), MemberLink.purpose == LinkPurpose.INVITATION)
    return {link.member_id: link for link in db.session.scalars(query.order_by(MemberLink.id))}


def link_by_token(purpose: LinkPurpose, token: str) -> MemberLink | None:
    """Return the link that this token opens, whatever its state."""
    query = select(MemberLink).where(MemberLink.token_digest == secrets.digest(token), MemberLink.purpose == purpose)
    return db.session.scalar(query)


def api_keys() -> Sequence[ApiKey]:
    """Return all keys, those that still open something first, the newest first."""
    return db.session.scalars(select(ApiKey).order_by(ApiKey.revoked_at.is_not(None), ApiKey.id.desc())).all()


def api_key_by_id(key_id: int) -> ApiKey:
    """Return the key; raises NotFound."""
    key = db.session.get(ApiKey, key_id)
    if key is None:
        raise NotFound
    return key


def api_key_by_token(token: str) -> ApiKey | None:
    """Return the key with this token, revoked or not."""
    return db.session.scalar(select(ApiKey).where(ApiKey.token_digest == secrets.digest(token)))
