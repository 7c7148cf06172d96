"""Reads of e-mail."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.core.mail.models import OutgoingMail
from app.core.pages import Page, newest_first


def mails(state: str = "", after: str = "", before: str = "", size: int = 50) -> Page[OutgoingMail]:
    """One page of the outbox, newest first, perhaps only e-mails in one state; raises InvalidInput for a wrong key."""
    query = select(OutgoingMail)
    if state:
        query = query.where(OutgoingMail.state == state)
    return newest_first(query, OutgoingMail.created_at, after=after, before=before, size=size)


def mail_by_id(mail_id: int) -> OutgoingMail:
    """Return the e-mail; raises NotFound."""
    mail = db.session.get(OutgoingMail, mail_id)
    if mail is None:
        raise NotFound
    return mail
