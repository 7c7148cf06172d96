"""What the composer's templates receive; owners' pages pass it on to `messages/composer/_composer.html`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.messages.composer import blanks
from app.messages.composer.heights import heights_of
from app.messages.composer.left import ALL, Left
from app.messages.composer.models import MessageDraft
from app.messages.composer.owners import own_values_of, page_of
from app.messages.composer.pickers import EMOJI_PICTURE, EMOJI_TEXT, STICKER_PICTURE, picker_sets
from app.messages.composer.preview_data import friends_to_show, view_of
from app.messages.composer.single import SINGLE
from app.messages.composer.sources import SOURCES
from app.messages.content.json_text import typed_json
from app.messages.content.kinds.rich import WIDTH
from app.messages.content.message_set import MOST_MESSAGES, MOST_QUICK_REPLIES
from app.messages.content.personal_values import personal_values
from app.messages.sending.testers import testers_of
from app.messages.sending.trial import new_press
from app.team.permissions import Permission, me


def composer_context(
    draft: MessageDraft,
    friend_id: int | None = None,
    left: Left = (),
    search: str = "",
    said: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the context for a draft, with the preview for a friend or for one of whom nothing is known.

    What is missing is said of fields that were `left`. `said` are LINE's complaints as `said.kept` writes them.
    """
    friends = friend_choices(draft.account_id, friend_id, search)
    shown = view_of(draft, friends["composer_friend_id"], left, said)
    return {
        "draft": draft,
        "shown": shown,
        "left": " ".join(sorted(shown.unfilled if left is ALL else left)),
        **friends,
        "composer_heights": heights_of(draft.account_id, draft.content["messages"]),
        "composer_width": WIDTH,
        "composer_values": [*personal_values(draft.account_id).values(), *own_values_of(draft).values()],
        "composer_sets": picker_sets(),
        "composer_pictures": {"sticker": STICKER_PICTURE, "emoji": EMOJI_PICTURE, "emoji_text": EMOJI_TEXT},
        "composer_testers": testers_of(draft.account_id),
        "composer_tests": {},
        "composer_press": new_press(),
        "composer_chosen": set(),
        "is_test_refused": False,
        "asked": "",
        "composer_names": blanks,
        "composer_sources": SOURCES,
        "composer_only": SINGLE.get(draft.owner_kind),
        "composer_home": page_of(draft),
        "composer_limits": {"messages": MOST_MESSAGES, "quick_replies": MOST_QUICK_REPLIES},
        "typed_json": typed_json,
    }


def friend_choices(account_id: int, friend_id: int | None, search: str) -> dict[str, Any]:
    """Return whom the preview can be drawn for; no one for members who may not see friends."""
    friends = friends_to_show(account_id, search, friend_id) if me().may(Permission.FRIENDS) else []
    return {
        "composer_friends": friends,
        "composer_friend_id": friend_id if any(one.id == friend_id for one in friends) else None,
        "composer_search": search,
    }
