"""Let a member choose a new password by a mailed link."""

from __future__ import annotations

from collections.abc import Callable

from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.team import audit, emails, passwords, queries
from app.team.actors import Actor
from app.team.models import LinkPurpose, Member, MemberLink
from app.team.operations import one_time_links, sign_in

audit.describe({"sign_in.password_reset": _l("chose a new password by e-mail")})


def ask(email: str, address: Callable[[str], str]) -> None:
    """Mail a link to the active member with this address; the caller is not told whether there is one."""
    member = queries.member_by_email(email)
    if member is None or not member.is_active:
        return
    link, token = one_time_links.issue(member, LinkPurpose.PASSWORD_RESET)
    emails.send_password_reset(member, address(token), link)


def redeem(link: MemberLink, *, password: str) -> None:
    """Set the password and end every session. Raises InvalidInput, or Conflict when the link is used up."""
    member = db.session.get_one(Member, link.member_id)
    if not member.is_active:
        raise Conflict(_l("This link cannot be used any more."))
    passwords.check_strength(password, member.email, member.name)
    one_time_links.spend(link)
    member.password_hash = passwords.hashed(password)
    sign_in.end_everywhere(member)
    audit.record(Actor.of_member(member), "sign_in.password_reset")
