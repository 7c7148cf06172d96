"""The reply to friends who write outside business hours: a text that may name when the account opens next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _l, in_language, when, workspace_language, zone
from app.line.business_hours.table import next_opening
from app.line.queries import business_hours_of
from app.messages.content import message_set
from app.messages.content.personal_values import PersonalValueType
from app.messages.sending.additions import Additions
from app.messages.sending.rendering import ready

OPENING = "next_opening"


def own_values() -> Mapping[str, PersonalValueType]:
    """Return what this reply may name beside what every message may."""
    label = _l("Next opening")
    return {OPENING: PersonalValueType(OPENING, label, label, longest="September 30, 2026, 12:00")}


def next_opening_words(account_id: int, moment: datetime) -> str:
    """Return when the account opens next, in the language of messages to friends; "" where it does not for a year."""
    opens = next_opening(business_hours_of(account_id), moment, zone())
    with in_language(workspace_language()):
        return when(opens, "minute") if opens else ""


def content_of(words: str) -> dict[str, Any] | None:
    """Return the text as it is stored; None where none is written."""
    if not words.strip():
        return None
    return message_set.write(message_set.read({"messages": [{"kind": "text", "text": words.strip()}]}))


def text_of(content: Mapping[str, Any] | None) -> str:
    """Return the text that is stored."""
    return str(content["messages"][0]["text"]) if content else ""


def require_usable(account_id: int, content: Mapping[str, Any] | None) -> None:
    """Raise InvalidInput for a text that could not be sent."""
    if content is None:
        return
    try:
        ready(account_id, message_set.read(content), is_for_group=False, additions=Additions(types=own_values()))
    except Conflict as refusal:
        raise InvalidInput(closed_reply=refusal.message) from refusal
