"""Record scans, and do what a code is set to do: tags at once, message and announcement once the person can be reached.

A scan begins when the address is opened. It has brought those who add the account from then on, and no present friend.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.db import db
from app.core.errors import Conflict
from app.core.events import announce
from app.core.queue import Queue
from app.friends.events import FriendAdded, FriendUnblocked
from app.friends.models import FollowStatus, Friend
from app.friends.operations.activity import record_activity
from app.friends.operations.tagging import add_tags
from app.friends.sources import Source
from app.line.models import Account
from app.messages.auto.models import AutoMessage
from app.messages.content import message_set
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.operations.sends import store_send
from app.messages.sending.recipients import Recipient
from app.team.actors import SYSTEM
from app.workflows.qr_codes.events import QrCodeScanned
from app.workflows.qr_codes.models import QrCode, QrScan
from app.workflows.qr_codes.queries import tags_of

log = structlog.get_logger(__name__)
ACTIVITY = "qr_code_scanned"
SOURCE = "qr_code"
# LINE's clock and ours may differ by so much.
CLOCKS_DIFFER = timedelta(seconds=5)
# A friend add that is heard of after the scan may have happened so long before it.
HEARD_LATER = timedelta(minutes=10)
# A person who adds the account within so long after a scan came by it.
AFTER_SCAN = timedelta(days=30)
# A message that waits for the person to add the account is sent within so long after the scan.
ANSWER_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Scan:
    """How a scan came: by a page (LIFF), or by a message of the person, who can then be answered."""

    event_key: str
    occurred_at: datetime
    webhook_event_id: int | None = None
    is_message: bool = False
    is_standby: bool = False


def record_scan(code: QrCode, friend: Friend, scan: Scan) -> bool:
    """Record that this friend, who is locked, scanned the code; False when the scan is known already."""
    values = {"qr_code_id": code.id, "friend_id": friend.id, "event_key": scan.event_key}
    stored = insert(QrScan).values(**values, scanned_at=scan.occurred_at).on_conflict_do_nothing()
    scan_id = db.session.scalar(stored.returning(QrScan.id))
    if scan_id is None:
        return False
    said = {"qr_code_id": code.id, "name": code.name}
    record_activity(friend, ACTIVITY, scan.occurred_at, said, webhook_event_id=scan.webhook_event_id)
    if tag_ids := tags_of(code.id):
        source = Source(SOURCE, str(code.id), code.name)
        add_tags(code.account_id, [friend.id], tag_ids, source=source, actor=SYSTEM)
    if _came_by(friend, scan.occurred_at):
        _note_gained(friend.id, scan_id, scan.occurred_at)
    if scan.is_message or friend.follow_status == FollowStatus.FOLLOWING:
        _answer(scan_id, code, friend, scan.webhook_event_id, is_standby=scan.is_standby)
    return True


def record_friend_add(said: FriendAdded | FriendUnblocked) -> None:
    """Note that someone can be reached now: their last scan may have brought them, and may wait to be answered."""
    friend_id, occurred_at = said.friend_id, said.occurred_at
    brought = _last_scan(friend_id, occurred_at, occurred_at + CLOCKS_DIFFER)
    if brought is not None and isinstance(said, FriendAdded):
        _note_gained(friend_id, brought.id, occurred_at)
    last = _last_scan(friend_id, occurred_at, occurred_at + HEARD_LATER)
    if last is not None and last.answered_at is None and occurred_at - last.scanned_at <= ANSWER_WITHIN:
        code, friend = db.session.get_one(QrCode, last.qr_code_id), db.session.get_one(Friend, friend_id)
        if code.archived_at is None:
            _answer(last.id, code, friend, said.webhook_event_id, is_standby=said.is_standby)


def _last_scan(friend_id: int, added_at: datetime, until: datetime) -> QrScan | None:
    between = QrScan.scanned_at.between(added_at - AFTER_SCAN, until)
    query = select(QrScan).where(QrScan.friend_id == friend_id, between)
    newest = query.order_by(QrScan.scanned_at.desc(), QrScan.id.desc()).limit(1)
    return db.session.scalar(newest.execution_options(populate_existing=True))


def _came_by(friend: Friend, scanned_at: datetime) -> bool:
    added = friend.followed_at
    return added is not None and scanned_at - CLOCKS_DIFFER <= added <= scanned_at + AFTER_SCAN


def _note_gained(friend_id: int, scan_id: int, moment: datetime) -> None:
    """Note the scan as what brought the friend, unless an earlier one has: a friend is gained once."""
    known = select(QrScan.id).where(QrScan.friend_id == friend_id, QrScan.gained_at.is_not(None)).limit(1)
    if db.session.scalar(known) is None:
        db.session.execute(update(QrScan).where(QrScan.id == scan_id).values(gained_at=moment))


def _answer(scan_id: int, code: QrCode, friend: Friend, webhook_event_id: int | None, *, is_standby: bool) -> None:
    """Announce the scan and store its message, once; the event of LINE is the one by which it is answered."""
    mine = update(QrScan).where(QrScan.id == scan_id, QrScan.answered_at.is_(None))
    row = db.session.execute(
        mine.values(answered_at=QrScan.scanned_at).returning(QrScan.event_key, QrScan.scanned_at)
    ).one_or_none()
    if row is None:
        return
    if not is_standby:
        _send(scan_id, code, friend)
    announce(
        QrCodeScanned(
            account_id=code.account_id,
            friend_id=friend.id,
            qr_code_id=code.id,
            event_key=row.event_key,
            webhook_event_id=webhook_event_id,
            occurred_at=row.scanned_at,
            workflow_id=code.workflow_id,
            is_standby=is_standby,
        )
    )


def _send(scan_id: int, code: QrCode, friend: Friend) -> None:
    """Store the code's message; a worker brings it to LINE. A set that cannot be sent now is left out."""
    message = db.session.get(AutoMessage, code.auto_message_id) if code.auto_message_id else None
    if message is None:
        return
    account = db.session.get_one(Account, code.account_id)
    cause = Cause(CauseKind.QR_CODE, str(scan_id), message.id)
    try:
        with db.session.begin_nested():
            content = message_set.read(message.content)
            store_send(account, Recipient.of_friend(friend), content, cause=cause, actor=SYSTEM)
    except Conflict as refusal:
        log.warning("qr_codes.message_not_sent", code=code.id, scan=scan_id, reason=str(refusal.message))
        return
    queue.after_commit(db.session, "messages.sending.deliver", queue=Queue.SENDING)
