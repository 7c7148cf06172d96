"""Set up an installation, and create administrators from the command line."""

from __future__ import annotations

from sqlalchemy import text

from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import _l
from app.core.names import one_line
from app.team import audit, email_addresses, passwords, queries
from app.team.actors import ADMINISTRATOR, SYSTEM, Actor
from app.team.models import Member, MemberState, Role
from app.team.operation import operation
from app.team.operations import workspace

audit.describe({"member.administrator_created": _l("created the administrator %(target)s")})


def set_up(*, workspace_name: str, time_zone: str, language: str, email: str, name: str, password: str) -> Member:
    """Name the workspace and create its first administrator; raises NotFound as soon as there is any member."""
    # Of two browsers at once, the second waits here and then finds the first one's administrator.
    db.session.execute(text("LOCK TABLE members IN SHARE ROW EXCLUSIVE MODE"))
    if queries.has_members():
        raise NotFound
    member = create_administrator(email=email, name=name, password=password, actor=SYSTEM)
    actor = Actor.of_member(member)
    workspace.change_workspace(name=workspace_name, time_zone=time_zone, language=language, actor=actor)
    return member


@operation(ADMINISTRATOR)
def create_administrator(*, email: str, name: str, password: str, actor: Actor) -> Member:
    """Create an active administrator; raises InvalidInput. The caller commits."""
    address = email_addresses.normal(email)
    name = one_line(name)
    if not name:
        raise InvalidInput(name=_l("Fill this in."))
    passwords.check_strength(password, address, name)
    if queries.member_by_email(address):
        raise InvalidInput(email=_l("There is already a member with this e-mail address."))
    member = Member(
        email=address,
        name=name,
        role=Role.ADMINISTRATOR,
        state=MemberState.ACTIVE,
        password_hash=passwords.hashed(password),
    )
    db.session.add(member)
    db.session.flush()
    audit.record(actor, "member.administrator_created", target=member)
    return member
