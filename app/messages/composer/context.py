"""What the composer's templates receive; owners' pages pass it on to `messages/composer/_composer.html`."""

from __future__ import annotations

import json
from typing import Any

from app.messages.composer import blanks
from app.messages.composer.editing import UNREADABLE
from app.messages.composer.models import MessageDraft
from app.messages.composer.pickers import EMOJI_PICTURE, EMOJI_TEXT, STICKER_PICTURE, picker_sets
from app.messages.composer.preview_data import friends_to_show, view_of
from app.messages.content.message_set import MOST_MESSAGES, MOST_QUICK_REPLIES
from app.messages.content.personal_values import personal_values
from app.messages.sending.testers import testers_of
from app.team.permissions import Permission, me


def composer_context(draft: MessageDraft, friend_id: int | None = None) -> dict[str, Any]:
    """Return the context for a draft, with the preview for a friend or for one of whom nothing is known."""
    may_see = me().may(Permission.FRIENDS)
    friends = friends_to_show(draft.account_id) if may_see else []
    shown = friend_id if any(one.id == friend_id for one in friends) else None
    return {
        "draft": draft,
        "shown": view_of(draft, shown),
        "composer_friends": friends,
        "composer_friend_id": shown,
        "composer_values": personal_values(draft.account_id).values(),
        "composer_sets": picker_sets(),
        "composer_pictures": {"sticker": STICKER_PICTURE, "emoji": EMOJI_PICTURE, "emoji_text": EMOJI_TEXT},
        "composer_testers": testers_of(draft.account_id),
        "composer_tests": {},
        "composer_chosen": set(),
        "composer_names": blanks,
        "composer_limits": {"messages": MOST_MESSAGES, "quick_replies": MOST_QUICK_REPLIES},
        "as_json": as_json,
    }


def as_json(value: dict[str, Any]) -> str:
    """Return JSON as it is shown in a field; what could not be read stands as it was typed."""
    if set(value) == {UNREADABLE}:
        return str(value[UNREADABLE])
    return json.dumps(value, ensure_ascii=False, indent=2)
