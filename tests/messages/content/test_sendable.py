"""LINE's lists of stickers and emoji that accounts may send, and LINE emoji among other text."""

from __future__ import annotations

import pytest

from app.line.texts import EmojiInText, sent
from app.messages.content.building import MediaLinks
from app.messages.content.kinds.plain import TextMessage
from app.messages.content.message_set import MessageSet, build
from app.messages.content.personal_values import PersonalValueType
from app.messages.content.sendable import EMOJI_SETS, STICKER_PACKAGES, is_listed_emoji, is_listed_sticker
from sandbox.line.validation import check_messages
from sandbox.line.validation.catalogue import is_emoji, is_sticker

SET = "5ac1bfd5040ab15980c9b435"
MEDIA: dict[int, MediaLinks] = {}
PERSONAL = {"name": PersonalValueType("name", "Name", "Profile")}


def test_every_listed_sticker_and_emoji_is_sendable() -> None:
    assert len({one.id for one in STICKER_PACKAGES}) == len(STICKER_PACKAGES) == 15
    for one in STICKER_PACKAGES:
        assert one.last - one.first + 1 in (24, 40), one
        for number in (one.first, one.last):
            assert is_listed_sticker(str(one.id), str(number)) and is_sticker(str(one.id), str(number))
        for number in (one.first - 1, one.last + 1):
            assert not is_listed_sticker(str(one.id), str(number))
    assert len(EMOJI_SETS) == 45 and sum(EMOJI_SETS.values()) == 9_175
    for product, count in EMOJI_SETS.items():
        for emoji in ("001", f"{count:03d}"):
            assert is_listed_emoji(product, emoji) and is_emoji(product, emoji)
        assert not is_listed_emoji(product, f"{count + 1:03d}")


@pytest.mark.parametrize(("product", "emoji"), [(SET, "1"), (SET, "000"), (SET, "abc"), (SET, "251"), ("5ac1", "001")])
def test_what_is_no_emoji_is_not_listed(product: str, emoji: str) -> None:
    assert not is_listed_emoji(product, emoji)


@pytest.mark.parametrize("name", ["", "Jo", "😀👨‍👩‍👧‍👦", "a {p0} $ }} b", "x" * 200])
def test_emoji_stay_at_their_places_whatever_is_filled_in(name: str) -> None:
    text = f"👋🏽 {{{{name|you}}}}, $5 {{{{emoji:{SET}/001}}}}𝄞{{{{emoji:{SET}/250}}}} {{p0}}"
    built = build(MessageSet((TextMessage(text),)), MEDIA, PERSONAL)
    assert built.problems == ()
    (message,) = built.ready.messages({"name": name})
    assert sent(message) == [
        f"👋🏽 {name or 'you'}, $5 ",
        EmojiInText("", SET, "001"),
        "𝄞",
        EmojiInText("", SET, "250"),
        " {p0}",
    ]
    assert check_messages({"messages": [message]}) == [message]
