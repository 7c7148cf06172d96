"""A conversation as a table: what each line is in words, and at the end as the API calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.chat.lines import KINDS
from app.chat.notes.queries import NOTE
from app.chat.queries.history import told_rows
from app.chat.states import WORDS
from app.core.i18n import Text, _, _l, zone
from app.core.spreadsheets import moment_cell, moment_header
from app.messages.conversations.models import Conversation, ConversationMessage, Direction

DIRECTIONS: Mapping[str, Text] = {Direction.IN: _l("Incoming"), Direction.OUT: _l("Outgoing")}
_KINDS: Mapping[str, Text] = {
    **KINDS,
    "text": _l("Text"),
    "textV2": _l("Text"),
    "postback": _l("Tapped button"),
    NOTE: _l("Note"),
}
# Columns for programs are called as in the API, in every language.
_RAW = ("direction", "type", "state")


def header() -> tuple[str, ...]:
    """Return the names of the columns."""
    return (moment_header(_l("Time")), _("Direction"), _("Sender"), _("Kind"), _("Message"), _("State"), *_RAW)


def rows(conversation: Conversation) -> Iterator[tuple[object, ...]]:
    """Yield a row for each line, the oldest first, with its time in the workspace's zone."""
    for row in told_rows(conversation):
        one = row.message
        words = str(DIRECTIONS.get(one.direction, "")), row.author, _kind(one), row.words, str(WORDS.get(one.state, ""))
        yield moment_cell(row.at, zone()), *words, one.direction, one.type, one.state


def _kind(one: ConversationMessage) -> str:
    """Return the kind in words; what happened in the conversation has its own."""
    other = _l("Event") if one.direction == Direction.EVENT else _l("Message")
    return str(_KINDS.get(one.type, other))
