"""Reads of e-mail."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.core.mail.models import OutgoingMail
from app.core.pages import FIRST_PAGE, Page, PagePosition, newest_first, placed


def mails(state: str = "", place: PagePosition = FIRST_PAGE, *, oldest: bool = False) -> Page[OutgoingMail]:
    """Return one page of the outbox, the newest or the oldest first, perhaps only e-mails in one state.

    Raises InvalidInput for a wrong key.
    """
    query = select(OutgoingMail)
    if state:
        query = query.where(OutgoingMail.state == state)
    return placed(newest_first(query, OutgoingMail.created_at, oldest=oldest, **place.keys), place)


def mail_by_id(mail_id: int) -> OutgoingMail:
    """Return the e-mail; raises NotFound."""
    mail = db.session.get(OutgoingMail, mail_id)
    if mail is None:
        raise NotFound
    return mail
