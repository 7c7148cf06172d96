"""What the composer shows of a draft: problems by field, warnings, and the messages for one recipient."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _
from app.friends.filters import FriendFilter
from app.friends.models import Friend
from app.friends.queries.listing import friends_page
from app.friends.queries.orders import ORDERS
from app.messages.composer.editing import UNREADABLE
from app.messages.composer.left import ALL, Left
from app.messages.composer.models import MessageDraft
from app.messages.composer.warnings import warnings_of
from app.messages.content import message_set
from app.messages.content.compiled import marked
from app.messages.content.filling import Filled, TooLong
from app.messages.content.personal_values import values_for
from app.messages.content.proof import TOO_LONG, built_for
from app.messages.preview.phone import Phone, phone

MOST_FRIENDS = 20


@dataclass(frozen=True)
class DraftView:
    """`problems` maps paths of fields to sentences; `messages` are LINE's JSON, also where something is wrong.

    `unfilled` are paths of fields in which something is missing, whether that is said or not.
    """

    problems: dict[str, Text]
    unfilled: frozenset[str]
    warnings: list[Text]
    messages: list[dict[str, Any]]

    @property
    def has_fallbacks(self) -> bool:
        """Return whether a text holds a fallback, which the phone marks."""
        return any(_fallbacks(self.messages))

    @property
    def phone(self) -> Phone:
        """Return the messages as they look in a chat."""
        return phone(self.messages)


def view_of(draft: MessageDraft, friend_id: int | None, left: Left = ()) -> DraftView:
    """Return what to show for a friend, or with None for one of whom nothing is known.

    What is missing is said of fields that were `left`.
    """
    content = message_set.read(draft.content)
    built = built_for(draft.account_id, content)
    unfilled = frozenset(one.path for one in built.problems if one.is_missing)
    said = [one for one in built.problems if not one.is_missing or left is ALL or one.path in left]
    problems = {one.path: one.message for one in reversed(said)} | dict(_unreadable(draft.content))
    known = values_for(draft.account_id, [friend_id] if friend_id else [], built.ready.names)
    try:
        messages = marked(built.ready, known.get(friend_id or 0, {}))
    except TooLong as error:
        problems[error.path], messages = TOO_LONG, []
    return DraftView(problems, unfilled, warnings_of(content, messages), messages)


def friends_to_show(account_id: int, search: str = "", chosen: int | None = None) -> list[Friend]:
    """Return friends for whom the preview can be drawn: those who fit the search, who were active last first.

    The chosen friend is always among them. The search is that of the friends' list.
    """
    wanted = FriendFilter(search=search)
    found = list(friends_page(account_id, wanted, ORDERS["active"], size=MOST_FRIENDS).rows)
    if chosen is None or any(one.id == chosen for one in found):
        return found
    mine = select(Friend).where(Friend.account_id == account_id, Friend.id == chosen)
    return [*db.session.scalars(mine), *found]


def _fallbacks(value: Any) -> Iterator[bool]:
    if isinstance(value, Filled):
        yield bool(value.fallbacks)
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _fallbacks(one)


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
