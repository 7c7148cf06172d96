"""What the composer shows of a draft: problems by field, warnings, and the messages for one recipient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text
from app.friends.models import Friend
from app.messages.composer.code import CodeProblem, code_problems, is_in_code
from app.messages.composer.models import MessageDraft
from app.messages.composer.said import kept, still_true
from app.messages.composer.warnings import warnings_of
from app.messages.content import message_set
from app.messages.content.building import ContentProblem
from app.messages.content.filling import TooLong
from app.messages.content.personal_values import values_for
from app.messages.content.proof import TOO_LONG, built_for
from app.messages.preview.phone import Phone, phone

MOST_FRIENDS = 20


@dataclass(frozen=True)
class DraftView:
    """What is wrong, what is good to know, and the messages.

    `problems` maps paths of fields to sentences, `code` those of JSON fields to problems by line. `said` is what LINE
    says of the draft, for the page to send again. `messages` are LINE's JSON, also where something is wrong.
    """

    problems: dict[str, Text]
    code: Mapping[str, Sequence[CodeProblem]]
    said: Sequence[str]
    warnings: list[Text]
    messages: list[dict[str, Any]]

    @property
    def phone(self) -> Phone:
        """Return the messages as they look in a chat."""
        return phone(self.messages)


def view_of(draft: MessageDraft, friend_id: int | None, said: Iterable[str] = ()) -> DraftView:
    """Return what to show for a friend, or with None for one of whom nothing is known.

    `said` is what LINE has said before, as `said.kept` writes it; it counts for parts that have not changed since.
    """
    content = message_set.read(draft.content)
    built = built_for(draft.account_id, content)
    own = {(one.path, str(one.message)) for one in built.problems}
    of_line = [one for one in still_true(draft.content, said) if (one.path, str(one.message)) not in own]
    found = [*built.problems, *of_line]
    known = values_for(draft.account_id, [friend_id] if friend_id else [], built.ready.names)
    try:
        messages = built.ready.messages(known.get(friend_id or 0, {}))
    except TooLong as error:
        messages = []
        found.append(ContentProblem(error.path, TOO_LONG))
    code = code_problems(draft.content, found)
    problems = {one.path: one.message for one in reversed(found) if not is_in_code(one.path, code)}
    return DraftView(problems, code, kept(draft.content, of_line), warnings_of(content, messages), messages)


def friends_to_show(account_id: int) -> list[Friend]:
    """Return friends for whom the preview can be drawn: those who were active last."""
    order = Friend.last_activity_at.desc().nulls_last()
    mine = select(Friend).where(Friend.account_id == account_id, Friend.display_name.is_not(None))
    return list(db.session.scalars(mine.order_by(order, Friend.id).limit(MOST_FRIENDS)))
