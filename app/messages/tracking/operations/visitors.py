"""Find out who tapped a shared link: the page hands in an ID token, a worker asks LINE whose it is.

A fetch is told once whose it is, by a token that LINE issued to the account's own LINE Login channel, of a person whom
the account knows. It is judged again then, so that it counts for that friend.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import PermanentFailure, RetryLater
from app.friends.operations.friends import lock_friend
from app.line.gateway.id_tokens import user_of
from app.line.models import Account
from app.messages.tracking.models import FetchState, LinkFetch, LinkVisitor, TrackedLink, TrackedSend
from app.messages.tracking.operations.judging import FETCHES

VISITORS = register(
    DueKind(
        "messages.visitors",
        LinkVisitor,
        wake=lambda: queue.wake("messages.tracking.identify_visitors"),
        given_up={"token": None},
        # A row is one question to LINE, and a token lives for an hour.
        backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=5), most=20),
        batch=1,
    )
)


def keep_token(fetch_id: int, token: str) -> None:
    """Keep the token that came with a fetch of a shared link, unless the fetch has one, or its friend is known."""
    if token.count(".") != 2 or not token.isascii():
        return
    nameless = db.session.scalar(select(LinkFetch.id).where(LinkFetch.id == fetch_id, LinkFetch.friend_id.is_(None)))
    if nameless is not None:
        values = insert(LinkVisitor).values(fetch_id=nameless, token=token, **VISITORS.ordered())
        db.session.execute(values.on_conflict_do_nothing())
        queue.after_commit(db.session, "messages.tracking.identify_visitors")


def identify_visitors() -> None:
    """Ask LINE whose the waiting tokens are."""
    process(VISITORS, _identify, again=VISITORS.wake)


def prune_visitors() -> None:
    """Delete rows that have been dealt with."""
    db.session.execute(delete(LinkVisitor).where(LinkVisitor.due_at.is_(None)))
    db.session.commit()


def _identify(claim: Claim) -> bool:
    asked = _about(claim.ids()[0])
    db.session.rollback()
    if asked is None or not asked.channel_id or asked.token is None:
        claim.done(token=None)
        return True
    try:
        user_id = user_of(asked.token, asked.channel_id)
    except PermanentFailure as error:
        claim.give_up(reason=error.code)
        return True
    except RetryLater as error:
        claim.later(reason=error.code, after=error.after)
        return False
    _name(asked, user_id)
    claim.done(token=None)
    return True


def _about(visitor_id: int) -> Any:
    """Return a row with the token, its fetch, and account and channel for which LINE must have issued it, or None."""
    channel = func.coalesce(Account.login_channel_id, func.split_part(Account.liff_id, "-", 1))
    query = (
        select(LinkVisitor.token, LinkVisitor.fetch_id, Account.id.label("account_id"), channel.label("channel_id"))
        .join(LinkFetch, LinkFetch.id == LinkVisitor.fetch_id)
        .join(TrackedLink, TrackedLink.id == LinkFetch.link_id)
        .join(TrackedSend, TrackedSend.id == TrackedLink.send_id)
        .join(Account, Account.id == TrackedSend.account_id)
        .where(LinkVisitor.id == visitor_id, TrackedLink.friend_id.is_(None))
    )
    return db.session.execute(query).one_or_none()


def _name(asked: Row[Any], user_id: str) -> None:
    """Say that the fetch was this person's, if the account knows them, and have it judged again."""
    friend = lock_friend(asked.account_id, user_id)
    if friend is None:
        return
    nameless = (LinkFetch.id == asked.fetch_id, LinkFetch.friend_id.is_(None), LinkFetch.state != FetchState.IGNORED)
    values = {"friend_id": friend.id, "state": FetchState.PENDING, **FETCHES.ordered()}
    db.session.execute(update(LinkFetch).where(*nameless).values(values))
