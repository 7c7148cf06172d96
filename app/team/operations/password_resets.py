"""Let a member choose a new password by a mailed link.

A request is stored for every address, and a worker looks whether there is such a member: so the answer takes the same
time for every address. A stranger's requests neither void the links that the member has nor use up their mails.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import Conflict
from app.core.i18n import _l, language
from app.core.queue import Queue
from app.team import audit, emails, passwords, queries
from app.team.actors import Actor
from app.team.models import LinkPurpose, Member, MemberLink, ResetRequest
from app.team.operations import one_time_links, sign_in

audit.describe({"sign_in.password_reset": _l("chose a new password by e-mail")})
# Where the links lead; the token follows.
PATH = "/password-resets"
# Mails to one member in an hour. Each holds a good link, so the member can use one that a stranger asked for.
MOST_MAILS = 5
REQUESTS = register(
    DueKind(
        "team.password_resets",
        ResetRequest,
        wake=lambda: queue.wake("team.send_password_resets", queue=Queue.MAIL),
        columns=(ResetRequest.email, ResetRequest.language),
        backoff=Backoff(most=5),
        batch=20,
    )
)


def ask(email: str) -> None:
    """Store that a new password was asked for; the caller is not told whether there is such a member."""
    db.session.add(ResetRequest(email=email[:254], language=language(), **REQUESTS.ordered()))
    queue.after_commit(db.session, "team.send_password_resets", queue=Queue.MAIL)


def send_due(public_url: str) -> int:
    """Mail links for the requests that wait; returns how many requests. `public_url` begins their addresses."""

    def send(claim: Claim) -> None:
        for row in claim.rows:
            _send(row.email, row.language, public_url + PATH)
        db.session.execute(delete(ResetRequest).where(ResetRequest.id.in_(claim.held())))

    return process(REQUESTS, send, again=REQUESTS.wake)


def _send(email: str, asked_in: str, address: str) -> None:
    member = queries.member_by_email(email)
    if member is None or not member.is_active or _mailed_lately(member) >= MOST_MAILS:
        return
    link, token = one_time_links.issue(member, LinkPurpose.PASSWORD_RESET)
    emails.send_password_reset(member, f"{address}/{token}", link, asked_in)


def _mailed_lately(member: Member) -> int:
    query = select(func.count()).where(
        MemberLink.member_id == member.id,
        MemberLink.purpose == LinkPurpose.PASSWORD_RESET,
        MemberLink.created_at > now() - timedelta(hours=1),
    )
    return db.session.scalar(query) or 0


def redeem(link: MemberLink, *, password: str) -> None:
    """Set the password and end every session. Raises InvalidInput, or Conflict when the link is used up."""
    member = db.session.get_one(Member, link.member_id)
    if not member.is_active:
        raise Conflict(_l("This link cannot be used any more."))
    passwords.check_strength(password, member.email, member.name)
    one_time_links.spend(link)
    one_time_links.void(member, LinkPurpose.PASSWORD_RESET)
    member.password_hash = passwords.hashed(password)
    sign_in.end_everywhere(member)
    audit.record(Actor.of_member(member), "sign_in.password_reset")
