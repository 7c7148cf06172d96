"""Find out who has the page of a code open: it hands in an ID token, and a worker asks LINE whose it is."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.clock import database_now
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import PermanentFailure, RetryLater
from app.friends.operations.friends import meet_writer
from app.line.gateway.id_tokens import user_of
from app.line.models import Account
from app.workflows.qr_codes.models import QrCode, QrVisit
from app.workflows.qr_codes.operations.scanning import Scan, record_scan

# Longer than a token lives, so that a page that is loaded again is still known.
KEEP = timedelta(hours=2)
VISITS = register(
    DueKind(
        "workflows.qr_codes.visits",
        QrVisit,
        wake=lambda: queue.wake("workflows.qr_codes.identify"),
        given_up={"token": None},
        # A row is one question to LINE, and a token lives for an hour.
        backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=5), most=20),
        batch=1,
    )
)


def keep_token(code: QrCode, token: str, visited_at: datetime) -> None:
    """Keep a token that the page of the code hands in, unless it did so before."""
    if token.count(".") != 2 or not token.isascii():
        return
    digest = hashlib.sha256(token.encode()).hexdigest()
    values = {
        "qr_code_id": code.id,
        "token_digest": digest,
        "token": token,
        "visited_at": visited_at,
        **VISITS.ordered(),
    }
    db.session.execute(insert(QrVisit).values(**values).on_conflict_do_nothing())
    queue.after_commit(db.session, "workflows.qr_codes.identify")


def identify_visitors() -> None:
    """Ask LINE whose the waiting tokens are."""
    process(VISITS, _identify, again=VISITS.wake)


def prune_visits() -> None:
    """Delete visits that have been dealt with and whose token is over."""
    old = QrVisit.visited_at < database_now() - KEEP
    db.session.execute(delete(QrVisit).where(QrVisit.due_at.is_(None), old))
    db.session.commit()


def _identify(claim: Claim) -> bool:
    visit_id = claim.ids()[0]
    channel = func.coalesce(Account.login_channel_id, func.split_part(Account.liff_id, "-", 1))
    query = (
        select(QrVisit.token, QrVisit.visited_at, QrCode.id.label("code_id"), channel.label("channel_id"))
        .join(QrCode, QrCode.id == QrVisit.qr_code_id)
        .join(Account, Account.id == QrCode.account_id)
        .where(QrVisit.id == visit_id, QrCode.archived_at.is_(None))
    )
    asked = db.session.execute(query).one_or_none()
    db.session.rollback()
    if asked is None or asked.token is None or not asked.channel_id:
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
    code = db.session.get(QrCode, asked.code_id)
    if code is not None:
        # A person who has not added the account is kept as a stranger, so that a later friend add finds the scan.
        record_scan(code, meet_writer(code.account_id, user_id), Scan(f"visit:{visit_id}", asked.visited_at))
    claim.done(token=None)
    return True
