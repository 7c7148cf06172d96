"""What the history says of steps that change conversations, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.chat.filters import STATUSES
from app.chat.told import FIRST, MEMBER
from app.core.i18n import Text, _
from app.workflows.definition.notes import NOTES, NoteWords

# What steps note: the setting of the status, to whom was assigned, the text of a note, and whether a person answers.
STATUS, ASSIGNED_TO, WRITTEN, HANDED_OVER = "conversation_status", "assigned_to", "chat_note", "handed_over"
NOW, ALREADY = "now", "already"


def _handed_over(when: Any, _note: Mapping[str, Any]) -> Text:
    if when == ALREADY:
        return _("A person answers this conversation already.")
    return _("Handed over to a person. Automatic messages stop.")


def _status(status: Any, _note: Mapping[str, Any]) -> Text:
    return _("Status of the conversation: %(status)s", status=STATUSES.get(str(status), status))


def _assigned(to: Any, note: Mapping[str, Any]) -> Text:
    if to == MEMBER:
        return _("Assigned to %(member)s", member=note.get("assignee"))
    return _("Left to the member who answers first") if to == FIRST else _("No one is assigned.")


def _written(text: Any, _note: Mapping[str, Any]) -> Text:
    return _("Note: %(words)s", words=text)


NOTES.add(HANDED_OVER, NoteWords(_handed_over))
NOTES.add(STATUS, NoteWords(_status))
NOTES.add(ASSIGNED_TO, NoteWords(_assigned))
NOTES.add(WRITTEN, NoteWords(_written, is_personal=True))
