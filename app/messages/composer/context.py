"""What the composer's templates receive; owners' pages pass it on to `messages/composer/_composer.html`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.core.i18n import Text
from app.messages.composer import blanks
from app.messages.composer.editing import UNREADABLE
from app.messages.composer.heights import heights_of
from app.messages.composer.left import ALL, Left
from app.messages.composer.models import MessageDraft
from app.messages.composer.pickers import EMOJI_PICTURE, EMOJI_TEXT, STICKER_PICTURE, picker_sets
from app.messages.composer.preview_data import friends_to_show, view_of
from app.messages.content.kinds.rich import WIDTH
from app.messages.content.message_set import MOST_MESSAGES, MOST_QUICK_REPLIES
from app.messages.content.personal_values import personal_values
from app.messages.sending.testers import testers_of
from app.team.permissions import Permission, me


def composer_context(
    draft: MessageDraft,
    friend_id: int | None = None,
    left: Left = (),
    search: str = "",
    refused: Mapping[str, Text] | None = None,
) -> dict[str, Any]:
    """Return the context for a draft, with the preview for a friend or for one of whom nothing is known.

    What is missing is said of fields that were `left`; of all when the set was to be used and was `refused`, with these
    sentences by path.
    """
    friends = friend_choices(draft.account_id, friend_id, search)
    shown = view_of(draft, friends["composer_friend_id"], left if refused is None else ALL)
    shown.problems.update(refused or {})
    names = shown.unfilled if left is ALL or refused is not None else left
    return {
        "draft": draft,
        "shown": shown,
        "left": " ".join(sorted(names)),
        **friends,
        "composer_heights": heights_of(draft.account_id, draft.content["messages"]),
        "composer_width": WIDTH,
        "composer_values": personal_values(draft.account_id).values(),
        "composer_sets": picker_sets(),
        "composer_pictures": {"sticker": STICKER_PICTURE, "emoji": EMOJI_PICTURE, "emoji_text": EMOJI_TEXT},
        "composer_testers": testers_of(draft.account_id),
        "composer_tests": {},
        "composer_refused": "",
        "composer_chosen": set(),
        "composer_names": blanks,
        "composer_limits": {"messages": MOST_MESSAGES, "quick_replies": MOST_QUICK_REPLIES},
        "as_json": as_json,
    }


def friend_choices(account_id: int, friend_id: int | None, search: str) -> dict[str, Any]:
    """Return whom the preview can be drawn for; no one for members who may not see friends."""
    friends = friends_to_show(account_id, search, friend_id) if me().may(Permission.FRIENDS) else []
    return {
        "composer_friends": friends,
        "composer_friend_id": friend_id if any(one.id == friend_id for one in friends) else None,
        "composer_search": search,
    }


def as_json(value: dict[str, Any]) -> str:
    """Return JSON as it is shown in a field; what could not be read stands as it was typed."""
    if set(value) == {UNREADABLE}:
        return str(value[UNREADABLE])
    return json.dumps(value, ensure_ascii=False, indent=2)
