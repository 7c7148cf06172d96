"""What the composer shows of a draft: problems by field, warnings, and the messages for one recipient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text
from app.friends.filters import FriendFilter
from app.friends.models import Friend
from app.friends.queries.listing import friends_page
from app.friends.queries.orders import ORDERS
from app.messages.composer.code import CodeProblem, code_problems, is_in_code
from app.messages.composer.left import ALL, Left
from app.messages.composer.models import MessageDraft
from app.messages.composer.owners import own_values_of
from app.messages.composer.said import kept, still_true
from app.messages.composer.warnings import notes_of, warnings_of
from app.messages.content import message_set
from app.messages.content.building import ContentProblem
from app.messages.content.compiled import marked
from app.messages.content.filling import Filled, TooLong
from app.messages.content.media_links import gifs_among
from app.messages.content.message_set import files_of
from app.messages.content.personal_values import values_for
from app.messages.content.proof import TOO_LONG, built_for
from app.messages.preview.phone import Phone, phone

MOST_FRIENDS = 20


@dataclass(frozen=True)
class DraftView:
    """What is wrong, what is good to know, and the messages.

    `problems` maps paths of fields to sentences, `code` those of JSON fields to problems by line. `unfilled` are paths
    of fields in which something is missing, whether that is said or not. `said` is what LINE says of the draft, for the
    page to send again. `messages` are LINE's JSON, also where something is wrong.
    """

    problems: dict[str, Text]
    unfilled: frozenset[str]
    code: Mapping[str, Sequence[CodeProblem]]
    said: Sequence[str]
    warnings: list[Text]
    notes: list[Text]
    messages: list[dict[str, Any]]

    @property
    def has_fallbacks(self) -> bool:
        """Return whether a text holds a fallback, which the phone marks."""
        return any(_fallbacks(self.messages))

    @property
    def phone(self) -> Phone:
        """Return the messages as they look in a chat."""
        return phone(self.messages)


def view_of(draft: MessageDraft, friend_id: int | None, left: Left = (), said: Iterable[str] = ()) -> DraftView:
    """Return what to show for a friend, or with None for one of whom nothing is known.

    What is missing is said of fields that were `left`. `said` is what LINE has said before, as `said.kept` writes it;
    it counts for parts that have not changed since.
    """
    content = message_set.read(draft.content)
    built = built_for(draft.account_id, content, own_values_of(draft))
    unfilled = frozenset(one.path for one in built.problems if one.is_missing)
    own = {(one.path, str(one.message)) for one in built.problems}
    of_line = [one for one in still_true(draft.content, said) if (one.path, str(one.message)) not in own]
    found = [one for one in built.problems if not one.is_missing or left is ALL or one.path in left] + of_line
    known = values_for(draft.account_id, [friend_id] if friend_id else [], built.ready.names)
    try:
        messages = marked(built.ready, known.get(friend_id or 0, {}))
    except TooLong as error:
        messages = []
        found.append(ContentProblem(error.path, TOO_LONG))
    code = code_problems(draft.content, found)
    problems = {one.path: one.message for one in reversed(found) if not is_in_code(one.path, code)}
    warnings = warnings_of(content, messages, gifs_among(draft.account_id, files_of(content)))
    said = kept(draft.content, of_line)
    return DraftView(problems, unfilled, code, said, warnings, notes_of(messages), messages)


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
