"""What the composer shows of a draft: problems by field, warnings, and the messages for one recipient."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _
from app.friends.models import Friend
from app.messages.composer.editing import UNREADABLE
from app.messages.composer.models import MessageDraft
from app.messages.composer.warnings import warnings_of
from app.messages.content import message_set
from app.messages.content.filling import TooLong
from app.messages.content.personal_values import values_for
from app.messages.content.proof import TOO_LONG, built_for
from app.messages.preview.phone import Phone, phone

MOST_FRIENDS = 20


@dataclass(frozen=True)
class DraftView:
    """`problems` maps paths of fields to sentences; `messages` are LINE's JSON, also where something is wrong."""

    problems: dict[str, Text]
    warnings: list[Text]
    messages: list[dict[str, Any]]

    @property
    def phone(self) -> Phone:
        """Return the messages as they look in a chat."""
        return phone(self.messages)


def view_of(draft: MessageDraft, friend_id: int | None) -> DraftView:
    """Return what to show for a friend, or with None for one of whom nothing is known."""
    content = message_set.read(draft.content)
    built = built_for(draft.account_id, content)
    problems = {one.path: one.message for one in reversed(built.problems)} | dict(_unreadable(draft.content))
    known = values_for(draft.account_id, [friend_id] if friend_id else [], built.ready.names)
    try:
        messages = built.ready.messages(known.get(friend_id or 0, {}))
    except TooLong as error:
        problems[error.path], messages = TOO_LONG, []
    return DraftView(problems, warnings_of(content, messages), messages)


def friends_to_show(account_id: int) -> list[Friend]:
    """Return friends for whom the preview can be drawn: those who were active last."""
    order = Friend.last_activity_at.desc().nulls_last()
    mine = select(Friend).where(Friend.account_id == account_id, Friend.display_name.is_not(None))
    return list(db.session.scalars(mine.order_by(order, Friend.id).limit(MOST_FRIENDS)))


def _unreadable(value: Any, path: str = "") -> Iterator[tuple[str, Text]]:
    """Yield a sentence with line and column for each JSON field that cannot be read."""
    if isinstance(value, dict) and isinstance(value.get(UNREADABLE), str) and len(value) == 1:
        yield path, why_unreadable(value[UNREADABLE])
    elif isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _unreadable(one, f"{path}.{name}" if path else str(name))


def why_unreadable(typed: str) -> Text:
    """Return what is wrong with a text that should be a JSON object, with its place."""
    try:
        json.loads(typed)
    except json.JSONDecodeError as error:
        return _(
            "Line %(line)s, column %(column)s: this is no JSON (%(why)s).",
            line=error.lineno,
            column=error.colno,
            why=error.msg,
        )
    except RecursionError:
        return _("This is nested deeper than any message of LINE.")
    return _("Write a JSON object, which begins with { and ends with }.")
