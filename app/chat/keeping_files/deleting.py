"""Delete files that are older than an account keeps them, every night, and count them before that."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select, text, update

from app.core import clock
from app.core.db import db
from app.core.i18n import _l, zone
from app.core.queue import Queue
from app.core.runs import operations as runs
from app.core.runs.lease import Lease
from app.core.runs.models import Run
from app.core.runs.registry import RunKind, SliceResult, register
from app.media.models import MediaFile
from app.media.operations.files import discard_files
from app.messages.conversations.contents.models import OWNER_KIND, ContentState, MessageContent
from app.messages.conversations.models import ChatSettings
from app.messages.conversations.touching import touch_lines

DELETION = "chat_files_deletion"
BATCH = 100


@dataclass(frozen=True)
class Older:
    """How many files are older than they would be kept, and how many bytes they have."""

    files: int
    size: int


def older_than(account_id: int, months: int) -> Older:
    """Count the files that would be deleted if they were kept for so many months."""
    query = select(func.count(), func.coalesce(func.sum(MediaFile.size), 0)).select_from(MessageContent)
    joined = query.outerjoin(MediaFile, MediaFile.id == MessageContent.file_id)
    files, size = db.session.execute(joined.where(*_old(account_id, months))).one()
    return Older(files, int(size))


def last_deletion(account_id: int) -> Run | None:
    """Return the newest deletion of the account that has ended; its count `files` says how many there were."""
    mine = Run.kind == DELETION, Run.subject_id == account_id, Run.finished_at.is_not(None)
    return db.session.scalar(select(Run).where(*mine).order_by(Run.created_at.desc()).limit(1))


def start_nightly() -> int:
    """Start the deletion of each account that has old files and had none today; returns how many were started."""
    midnight = clock.now().astimezone(zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    done = exists().where(Run.kind == DELETION, Run.subject_id == ChatSettings.account_id, Run.created_at >= midnight)
    kept = select(ChatSettings.account_id, ChatSettings.keep_months).where(ChatSettings.keep_months.is_not(None), ~done)
    started = 0
    for account_id, months in db.session.execute(kept).all():
        older = older_than(account_id, months or 0)
        if older.files:
            runs.start(DELETION, account_id, account_id=account_id, total=older.files)
            started += 1
    db.session.commit()
    return started


def delete_slice(lease: Lease) -> SliceResult:
    """Delete one batch of old files; the lines of the messages stay and say so."""
    account_id = lease.run.subject_id
    months = db.session.scalar(select(ChatSettings.keep_months).where(ChatSettings.account_id == account_id))
    if months is None:
        return SliceResult.DONE
    some = select(MessageContent.message_id).where(*_old(account_id, months)).order_by(MessageContent.occurred_at)
    message_ids = db.session.scalars(some.limit(BATCH)).all()
    if not message_ids:
        return SliceResult.DONE
    # The lines are locked first, as they are when a message is taken back.
    touch_lines(message_ids)
    still = MessageContent.message_id.in_(message_ids), MessageContent.state == ContentState.STORED
    removed = update(MessageContent).where(*still).values(state=ContentState.REMOVED, file_id=None, preview_id=None)
    ids = db.session.scalars(removed.returning(MessageContent.id)).all()
    discard_files(OWNER_KIND, ids)
    lease.save(done=len(ids), add={"files": len(ids)})
    db.session.commit()
    return SliceResult.MORE


def _old(account_id: int, months: int) -> tuple[ColumnElement[bool], ...]:
    since = func.now() - func.make_interval(0, months)
    return (
        MessageContent.account_id == account_id,
        # Written out, so that the partial index serves.
        text("message_contents.state = 'stored'"),  # type: ignore[return-value]
        MessageContent.occurred_at < since,
    )


register(RunKind(DELETION, _l("Deletion of old files of the chat"), delete_slice, queue=Queue.BULK, keeps_latest=True))
