"""Asking people in, and coming in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _l
from app.core.secrets import new_token
from app.team import audit, email_addresses, emails, passwords
from app.team.models import LinkPurpose, Member, MemberLink, MemberState, Role
from app.team.operations import one_time_links

audit.describe(
    {
        "member.invited": _l("invited %(target)s"),
        "member.invited_again": _l("sent %(target)s a new invitation"),
        "member.joined": _l("accepted the invitation"),
    },
    {"member": _l("Members")},
)


def invite(
    actor: Member | None,
    *,
    email: str,
    role: Role,
    permissions: Sequence[str],
    account_ids: Sequence[int] | None,
    address: Callable[[str], str],
) -> Member:
    """Make an invited member and mail them a link; `address` makes its URL from the token. Raises InvalidInput."""
    member = Member(
        email=email_addresses.normal(email),
        name="",
        role=role,
        state=MemberState.INVITED,
        permissions=sorted(permissions),
        account_ids=None if account_ids is None else sorted(account_ids),
        session_key=new_token(),
    )
    _add(member)
    _send(actor, member, address)
    audit.record(actor, "member.invited", target=member, role=member.role)
    return member


def _add(member: Member) -> None:
    """The database decides whether the address is free, since two invitations may come at once."""
    try:
        with db.session.begin_nested():
            db.session.add(member)
    except IntegrityError as error:
        raise InvalidInput(email=_l("Somebody with this e-mail address is already here.")) from error


def invite_again(actor: Member | None, member: Member, address: Callable[[str], str]) -> None:
    """Mail a new link, valid for a whole week; the old one becomes useless. Raises Conflict for who is already in."""
    if member.state != MemberState.INVITED:
        raise Conflict(_l("%(name)s has already accepted the invitation.", name=member.label))
    _send(actor, member, address)
    audit.record(actor, "member.invited_again", target=member)


def _send(actor: Member | None, member: Member, address: Callable[[str], str]) -> None:
    link, token = one_time_links.issue(member, LinkPurpose.INVITATION)
    emails.send_invitation(member, actor, address(token), link)


def accept(link: MemberLink, *, name: str, password: str) -> Member:
    """Come in: the invited member becomes active. Raises InvalidInput, or Conflict when the link is no longer good."""
    member = db.session.get_one(Member, link.member_id)
    passwords.check_strength(password, member.email, name)
    one_time_links.spend(link)
    member.name, member.password_hash = name, passwords.hashed(password)
    member.state = MemberState.ACTIVE
    audit.record(member, "member.joined", target=member)
    return member
