"""Write, deliver and sweep e-mail."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import structlog
from sqlalchemy import select, update

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.i18n import Text
from app.core.mail import smtp
from app.core.mail.models import MailState, OutgoingMail

log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 8


def send_mail(recipient: str, subject: Text, body: Text) -> OutgoingMail:
    """Write an e-mail; it leaves after commit, or stays in the outbox when no mail server is set."""
    state = MailState.WAITING if smtp.server.url else MailState.KEPT
    mail = OutgoingMail(recipient=recipient, subject=str(subject), body=str(body), state=state)
    db.session.add(mail)
    db.session.flush()
    if state is MailState.WAITING:
        queue.after_commit(db.session, "core.mail.deliver", mail.id)
    return mail


def deliver(mail_id: int) -> None:
    """Hand one waiting e-mail to the server; postponing it first is the claim, so a killed worker costs a minute."""
    mail = _claim(mail_id)
    if mail is None:
        return
    recipient, subject, body, attempts = mail.recipient, mail.subject, mail.body, mail.attempts
    db.session.commit()
    try:
        smtp.send(recipient, subject, body)
    except (smtplib.SMTPException, OSError) as error:
        _postpone(mail_id, attempts, error)
    else:
        _set(mail_id, state=MailState.SENT, sent_at=now(), problem=None)


def _claim(mail_id: int) -> OutgoingMail | None:
    return db.session.scalar(
        update(OutgoingMail)
        .where(OutgoingMail.id == mail_id, OutgoingMail.state == MailState.WAITING, OutgoingMail.due_at <= now())
        .values(due_at=now() + timedelta(minutes=1), attempts=OutgoingMail.attempts + 1)
        .returning(OutgoingMail)
    )


def _postpone(mail_id: int, attempts: int, error: Exception) -> None:
    """Try again later, longer each time; a refusal of the address or too many tries end as failed."""
    refused = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused)
    state = MailState.FAILED if refused or attempts >= MAX_ATTEMPTS else MailState.WAITING
    log.warning("mail.not_sent", mail_id=mail_id, attempts=attempts, error=type(error).__name__)
    _set(mail_id, state=state, problem=str(error)[:500], due_at=now() + timedelta(seconds=30 * 2**attempts))


def _set(mail_id: int, **values: object) -> None:
    db.session.execute(update(OutgoingMail).where(OutgoingMail.id == mail_id).values(**values))
    db.session.commit()


def sweep() -> int:
    """Wake every e-mail that is due; returns how many."""
    due = select(OutgoingMail.id).where(OutgoingMail.state == MailState.WAITING, OutgoingMail.due_at <= now())
    ids = db.session.scalars(due.order_by(OutgoingMail.due_at).limit(500)).all()
    for mail_id in ids:
        queue.wake("core.mail.deliver", mail_id)
    return len(ids)
