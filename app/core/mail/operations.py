"""Write, deliver and sweep e-mail.

Delivery is at least once: a worker that is killed after the server took a message, and before that was noted, sends
it again, under the same Message-ID so that mail programs can tell.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import delete, select, update

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import Text, _l
from app.core.mail import queries, smtp
from app.core.mail.models import MailState, OutgoingMail
from app.core.queue import Queue

log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 8
# Longer than one try can take; after that, the worker that holds an e-mail must have died.
CLAIM = timedelta(minutes=5)
KEEP_DAYS = 90
LOST = _l(
    "The text of this e-mail cannot be read any more, because the key that encrypted it is missing from"
    " ENCRYPTION_KEYS. Put that key back, or send the invitation or the link again."
)


def send_mail(recipient: str, subject: Text, body: Text) -> OutgoingMail:
    """Write an e-mail; it leaves after commit, or stays in the outbox when no mail server is set."""
    state = MailState.WAITING if smtp.server.url else MailState.KEPT
    mail = OutgoingMail(
        recipient=recipient, subject=str(subject), body=str(body), state=state, created_at=now(), due_at=now()
    )
    db.session.add(mail)
    db.session.flush()
    if state is MailState.WAITING:
        queue.after_commit(db.session, "core.mail.deliver", mail.id, queue=Queue.MAIL)
    return mail


def deliver(mail_id: int) -> None:
    """Hand one due e-mail to the server. Postponing it first is the claim: a killed worker costs minutes, no mail."""
    mail = _claim(mail_id)
    if mail is None:
        return
    if mail.body is None:
        return _set(mail_id, state=MailState.FAILED, problem=None)
    letter = smtp.Letter(mail.recipient, mail.subject, mail.body, f"{mail.created_at:%Y%m%d%H%M%S}.{mail.id}")
    attempts = mail.attempts
    db.session.commit()
    try:
        smtp.send(letter)
    except smtp.Refused as refusal:
        _note_refusal(mail_id, attempts, refusal)
    else:
        # The link in it is no longer ours to keep.
        _set(mail_id, state=MailState.SENT, sent_at=now(), problem=None, body="")
    return None


def _claim(mail_id: int) -> OutgoingMail | None:
    return db.session.scalar(
        update(OutgoingMail)
        .where(OutgoingMail.id == mail_id, OutgoingMail.state == MailState.WAITING, OutgoingMail.due_at <= now())
        .values(due_at=now() + CLAIM, attempts=OutgoingMail.attempts + 1)
        .returning(OutgoingMail)
    )


def _note_refusal(mail_id: int, attempts: int, refusal: smtp.Refused) -> None:
    """Try again later, longer each time; a refusal for good and too many tries end as failed."""
    ends = refusal.for_good or attempts >= MAX_ATTEMPTS
    log.warning("mail.not_sent", mail_id=mail_id, attempts=attempts, for_good=refusal.for_good)
    _set(
        mail_id,
        state=MailState.FAILED if ends else MailState.WAITING,
        problem=refusal.problem,
        due_at=now() + timedelta(seconds=30 * 2**attempts),
    )


def _set(mail_id: int, **values: object) -> None:
    db.session.execute(update(OutgoingMail).where(OutgoingMail.id == mail_id).values(**values))
    db.session.commit()


def try_again(mail_id: int) -> OutgoingMail:
    """Send an e-mail that failed or was kept, with all its tries again; raises NotFound or Conflict."""
    mail = queries.mail_by_id(mail_id)
    if not smtp.server.url:
        raise Conflict(_l("No mail server is set. Set SMTP_URL first."))
    if mail.body is None:
        raise Conflict(LOST)
    again = (
        update(OutgoingMail)
        .where(OutgoingMail.id == mail_id, OutgoingMail.state.in_((MailState.FAILED, MailState.KEPT)))
        .values(state=MailState.WAITING, attempts=0, problem=None, due_at=now())
        .returning(OutgoingMail.id)
    )
    if db.session.scalar(again) is None:
        raise Conflict(_l("This e-mail is already on its way."))
    queue.after_commit(db.session, "core.mail.deliver", mail_id, queue=Queue.MAIL)
    return mail


def sweep() -> int:
    """Wake every e-mail that is due; returns how many."""
    due = select(OutgoingMail.id).where(OutgoingMail.state == MailState.WAITING, OutgoingMail.due_at <= now())
    ids = db.session.scalars(due.order_by(OutgoingMail.due_at).limit(500)).all()
    for mail_id in ids:
        queue.wake("core.mail.deliver", mail_id, queue=Queue.MAIL)
    return len(ids)


def prune() -> int:
    """Delete e-mails that left, or failed to, three months ago; commits; returns how many."""
    old = delete(OutgoingMail).where(
        OutgoingMail.created_at < now() - timedelta(days=KEEP_DAYS), OutgoingMail.state != MailState.WAITING
    )
    deleted = len(db.session.scalars(old.returning(OutgoingMail.id)).all())
    db.session.commit()
    return deleted
