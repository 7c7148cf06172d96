"""Invite members, and accept invitations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _l
from app.team import audit, email_addresses, emails, passwords
from app.team.actors import ADMINISTRATOR, Actor
from app.team.models import LinkPurpose, Member, MemberLink, MemberState, Role
from app.team.operation import operation
from app.team.operations import one_time_links

audit.describe(
    {
        "member.invited": _l("invited %(target)s"),
        "member.invited_again": _l("sent %(target)s a new invitation"),
        "member.joined": _l("accepted the invitation"),
    },
    {"member": _l("Members")},
)


@operation(ADMINISTRATOR)
def invite(
    *,
    email: str,
    role: Role,
    permissions: Sequence[str],
    account_ids: Sequence[int] | None,
    address: Callable[[str], str],
    actor: Actor,
) -> Member:
    """Add an invited member and mail them a link; `address` makes its URL from the token. Raises InvalidInput."""
    member = Member(
        email=email_addresses.normal(email),
        name="",
        role=role,
        state=MemberState.INVITED,
        permissions=sorted(permissions),
        account_ids=None if account_ids is None else sorted(account_ids),
    )
    _add(member)
    _send(member, address, actor)
    audit.record(actor, "member.invited", target=member, role=member.role)
    return member


def _add(member: Member) -> None:
    """Store the member; the database decides whether the address is free, since two may be invited at once."""
    try:
        with db.session.begin_nested():
            db.session.add(member)
    except IntegrityError as error:
        raise InvalidInput(email=_l("There is already a member with this e-mail address.")) from error


@operation(ADMINISTRATOR)
def invite_again(member: Member, address: Callable[[str], str], *, actor: Actor) -> None:
    """Mail a new link, valid for a whole week, and void the old one. Raises Conflict unless the member is invited."""
    if member.state != MemberState.INVITED:
        raise Conflict(_l("%(name)s has already accepted the invitation.", name=member.label))
    _send(member, address, actor)
    audit.record(actor, "member.invited_again", target=member)


def _send(member: Member, address: Callable[[str], str], actor: Actor) -> None:
    link, token = one_time_links.issue(member, LinkPurpose.INVITATION)
    emails.send_invitation(member, address(token), link, actor=actor)


def accept(link: MemberLink, *, name: str, password: str) -> Member:
    """Make the invited member active. Raises InvalidInput, or Conflict when the link is used up."""
    member = db.session.get_one(Member, link.member_id)
    passwords.check_strength(password, member.email, name)
    one_time_links.spend(link)
    member.name, member.password_hash = name, passwords.hashed(password)
    member.state = MemberState.ACTIVE
    audit.record(Actor.of_member(member), "member.joined", target=member)
    return member
