"""Write and deliver e-mail.

Delivery is at least once: a worker that is killed after the server took a message, and before that was noted, sends
it again, under the same Message-ID so that mail programs can tell.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import Boolean, delete, literal_column, update

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import Conflict
from app.core.i18n import Text, _l
from app.core.mail import queries, smtp
from app.core.mail.models import MailState, OutgoingMail
from app.core.queue import Queue

log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 8
KEEP_DAYS = 90
LOST = _l(
    "The text of this e-mail cannot be read any more, because the key that encrypted it is missing from"
    " ENCRYPTION_KEYS. Put that key back, or send the invitation or the link again."
)
MAIL = register(
    DueKind(
        "core.mail",
        OutgoingMail,
        wake=lambda mail_id: queue.wake("core.mail.deliver", mail_id, queue=Queue.MAIL),
        keys=(OutgoingMail.id,),
        waiting=literal_column("state = 'waiting'", Boolean),
        reason="problem",
        given_up={"state": MailState.FAILED},
        backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(hours=2), most=MAX_ATTEMPTS),
        # Longer than one try can take.
        lease=timedelta(minutes=5),
    )
)


def send_mail(recipient: str, subject: Text, body: Text) -> OutgoingMail:
    """Write an e-mail; it leaves after commit, or stays in the outbox when no mail server is set."""
    state = MailState.WAITING if smtp.server.url else MailState.KEPT
    mail = OutgoingMail(recipient=recipient, subject=str(subject), body=str(body), state=state)
    db.session.add(mail)
    db.session.flush()
    if state is MailState.WAITING:
        queue.after_commit(db.session, "core.mail.deliver", mail.id, queue=Queue.MAIL)
    return mail


def deliver(mail_id: int) -> None:
    """Hand one due e-mail to the server. A worker that is killed over it costs minutes, no e-mail."""
    process(MAIL, _deliver, OutgoingMail.id == mail_id, again=lambda: MAIL.wake(mail_id))


def _deliver(claim: Claim) -> None:
    (row,) = claim.rows
    mail = db.session.get_one(OutgoingMail, row.id, populate_existing=True)
    if mail.body is None:
        return claim.give_up()
    message = smtp.Email(mail.recipient, mail.subject, mail.body, f"{mail.created_at:%Y%m%d%H%M%S}.{mail.id}")
    db.session.commit()
    try:
        smtp.send(message)
    except smtp.MailRefused as refusal:
        log.warning("mail.not_sent", mail_id=row.id, attempts=row.attempts, for_good=refusal.for_good)
        settle = claim.give_up if refusal.for_good else claim.later
        return settle(reason=refusal.problem)
    # The link in it is no longer ours to keep, and the number of tries stays on the outbox page.
    return claim.done(state=MailState.SENT, sent_at=now(), body="", attempts=row.attempts)


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
        .values(state=MailState.WAITING, **MAIL.ordered())
        .returning(OutgoingMail.id)
    )
    if db.session.scalar(again) is None:
        raise Conflict(_l("This e-mail is already on its way."))
    queue.after_commit(db.session, "core.mail.deliver", mail_id, queue=Queue.MAIL)
    return mail


def prune() -> int:
    """Delete e-mails that left, or failed to, three months ago; commits; returns how many."""
    old = delete(OutgoingMail).where(
        OutgoingMail.created_at < now() - timedelta(days=KEEP_DAYS), OutgoingMail.state != MailState.WAITING
    )
    deleted = len(db.session.scalars(old.returning(OutgoingMail.id)).all())
    db.session.commit()
    return deleted
