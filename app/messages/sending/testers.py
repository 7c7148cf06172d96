"""Test recipients: friends who get the test messages of an account, among them members' own LINE.

A member proves that a LINE user is theirs by sending a code from the page to the account.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.friends.models import FollowStatus, Friend
from app.friends.queries.friends import get_friend
from app.line.models import Account
from app.messages.sending.models import Tester, TesterCode
from app.team import audit
from app.team.actors import Actor
from app.team.models import Member
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "tester.added": _l("made %(target)s a test recipient"),
        "tester.removed": _l("removed %(target)s from the test recipients"),
    },
    {"tester": _l("Test Recipients")},
)
# So many may get one test message.
MOST_AT_ONCE = 10
CODE_LIFE = timedelta(minutes=15)
DIGITS = 8


@dataclass(frozen=True)
class KnownTester:
    """A test recipient; `member` is the name of the member whose own LINE it is."""

    friend: Friend
    member_id: int | None
    member: str | None

    @property
    def is_reachable(self) -> bool:
        """Return whether the friend can get messages now."""
        return self.friend.follow_status == FollowStatus.FOLLOWING


def testers_of(account_id: int) -> Sequence[KnownTester]:
    """Return the account's test recipients, those added first at the top."""
    query = (
        select(Friend, Tester.member_id, Member.name)
        .join(Tester, Tester.friend_id == Friend.id)
        .outerjoin(Member, Member.id == Tester.member_id)
        .where(Tester.account_id == account_id)
        .order_by(Tester.added_at, Friend.id)
    )
    return [KnownTester(*row) for row in db.session.execute(query)]


@operation(Permission.SETTINGS)
def add_tester(account: Account, friend_id: int, *, actor: Actor) -> None:
    """Make a friend a test recipient; raises NotFound, and Conflict for one who cannot get messages."""
    friend = get_friend(account.id, friend_id)
    if friend.follow_status != FollowStatus.FOLLOWING:
        raise Conflict(_l("Only a friend who follows the account can get test messages."))
    if _store(account.id, friend.id, None):
        _record(actor, "tester.added", friend)


@operation(Permission.SETTINGS)
def remove_tester(account: Account, friend_id: int, *, actor: Actor) -> None:
    """Take a friend out of the test recipients; raises NotFound for a stranger to the account."""
    friend = get_friend(account.id, friend_id)
    gone = delete(Tester).where(Tester.friend_id == friend.id).returning(Tester.friend_id)
    if db.session.scalar(gone) is not None:
        _record(actor, "tester.removed", friend)


def known_code(account: Account, member: Member) -> TesterCode | None:
    """Return the member's code while it may be used."""
    known = db.session.get(TesterCode, (account.id, member.id))
    return known if known is not None and known.expires_at > now() else None


@operation(Permission.SETTINGS)
def code_for(account: Account, member: Member, *, actor: Actor) -> TesterCode:
    """Return the code that the member sends to the account; one that is over is replaced."""
    del actor
    if (known := known_code(account, member)) is not None:
        return known
    expired = or_(TesterCode.expires_at <= now(), TesterCode.member_id == member.id)
    gone = delete(TesterCode).where(TesterCode.account_id == account.id, expired)
    db.session.execute(gone, execution_options={"synchronize_session": "fetch"})
    fresh = TesterCode(
        account_id=account.id,
        member_id=member.id,
        code=f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}",
        expires_at=now() + CODE_LIFE,
    )
    db.session.add(fresh)
    db.session.flush()
    return fresh


def redeem_code(account_id: int, friend_id: int, text: Any) -> None:
    """Make the writer a test recipient, in the member's name, when the text is a member's code; used up by that."""
    code = _code_in(text)
    if code is None:
        return
    mine = (TesterCode.account_id == account_id, TesterCode.code == code, TesterCode.expires_at > now())
    member_id = db.session.scalar(delete(TesterCode).where(*mine).returning(TesterCode.member_id))
    if member_id is None:
        return
    member, friend = db.session.get_one(Member, member_id), get_friend(account_id, friend_id)
    if _store(account_id, friend_id, member_id):
        _record(Actor.of_member(member), "tester.added", friend)


def _code_in(text: Any) -> str | None:
    """Return the digits of a text that is nothing but a code, however its digits are written and parted."""
    if not isinstance(text, str) or len(text) > 4 * DIGITS:
        return None
    typed = "".join(one for one in unicodedata.normalize("NFKC", text) if not one.isspace() and one not in "-‐−ー")
    return typed if len(typed) == DIGITS and typed.isascii() and typed.isdecimal() else None


def _record(actor: Actor, what: str, friend: Friend) -> None:
    name = friend.display_name or friend.line_user_id
    audit.record(actor, what, target=friend, target_name=name, account_id=friend.account_id)


def _store(account_id: int, friend_id: int, member_id: int | None) -> bool:
    values = {"account_id": account_id, "friend_id": friend_id, "member_id": member_id}
    added = insert(Tester).values(**values)
    if member_id is None:
        statement = added.on_conflict_do_nothing()
    else:
        statement = added.on_conflict_do_update(index_elements=["friend_id"], set_={"member_id": member_id})
    return db.session.scalar(statement.returning(Tester.friend_id)) is not None
