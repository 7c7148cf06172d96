"""Auto Send Messages as a library: their words, and how often each was sent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from app.core.db import db
from app.core.i18n import _l
from app.core.pages import Order, by_number
from app.messages.auto.models import AutoMessage, AutoMessageFolder
from app.messages.library.kinds import ORDERS, LibraryWords, MessageLibrary, library_words
from app.messages.sending.models import MessageSend
from app.messages.sending.queries import counted
from app.team.permissions import Permission

THING, THINGS = _l("Auto Send Message"), _l("Auto Send Messages")
SENT_ORDERS = (
    Order("sent", _l("Most sent first"), "sent", "sent", by_number, descending=True),
    Order("sent_least", _l("Least sent first"), "sent", "sent", by_number),
)


def sent_column() -> Sequence[ColumnElement[int]]:
    """Return how often each was sent, as a column of the list's query."""
    sends = select(func.count()).where(MessageSend.auto_message_id == AutoMessage.id, *counted())
    return [sends.correlate(AutoMessage).scalar_subquery().label("sent")]


def sent_counts(ids: Sequence[int]) -> dict[int, int]:
    """Return how many sends of each LINE has taken; tests are not counted."""
    query = select(MessageSend.auto_message_id, func.count()).where(MessageSend.auto_message_id.in_(ids), *counted())
    rows = db.session.execute(query.group_by(MessageSend.auto_message_id))
    return {int(message_id): int(sends) for message_id, sends in rows if message_id is not None}


AUTO_MESSAGES = MessageLibrary(
    name="auto_message",
    blueprint="auto_messages",
    model=AutoMessage,
    folder=AutoMessageFolder,
    permission=Permission.AUTO_MESSAGES,
    orders=ORDERS | {order.name: order for order in SENT_ORDERS},
    words=library_words(THING, THINGS),
    archived=lambda: AutoMessage.archived_at.is_not(None),
    icon="message-bolt",
    say=LibraryWords(
        thing=THING,
        things=THINGS,
        name_hint=_l("Only members see it; it is how workflows find this message."),
        nothing=_l(
            "An Auto Send Message is one to five messages with a name. It has no recipients and no time of its own: it"
            " is sent when something else says so, as a step of a workflow does."
        ),
        used=_l("It is in use. What you save here is sent from then on by:"),
        saved=_l("Saved. What is sent from now on is this."),
        deletion_note=_l("What was sent of it stays in the conversations. This cannot be undone."),
        archived=_l("What uses it goes on sending it."),
    ),
    numbers=sent_column,
    counts=sent_counts,
)
AUTO_MESSAGES.describe_all()
