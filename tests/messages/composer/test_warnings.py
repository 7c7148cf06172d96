"""What is good to know of a draft, or wrong with its files."""

from __future__ import annotations

import re

import pytest

from app.line.models import Account
from app.messages.composer.models import MessageDraft
from app.messages.composer.warnings import warnings_of
from app.messages.content.message_set import MessageSet
from tests.factories.friends import friend
from tests.factories.media import media_file, picture, silence, sound
from tests.messages.composer.pressing import check, press, said
from tests.support.client import CheckingClient

SHORT = "Friends see a short address in their place"


def test_warnings_are_listed(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:buttons")
    press(as_alice, draft, "add:quick_replies")
    link = {"messages.0.actions.0.url": "http://shop.example/日本"}
    answer = check(as_alice, draft, **link)
    assert "never shows quick replies" in answer.text
    assert "not encrypted" in answer.text and "may refuse" in answer.text


def test_short_addresses_and_pictures_that_stand_still_are_told(
    place: Account, draft: MessageDraft, as_alice: CheckingClient
) -> None:
    press(as_alice, draft, "add:messages:text")
    assert SHORT not in check(as_alice, draft, **{"messages.0.text": "https://line.me/R/ and https://"}).text
    assert SHORT in check(as_alice, draft, **{"messages.0.text": "See https://shop.example/a."}).text
    press(as_alice, draft, "add:messages:image")
    moving, still = (media_file(place.id, picture(form), f"a.{form.lower()}").id for form in ("GIF", "PNG"))
    answer = check(as_alice, draft, **{"messages.1.file_id": str(moving)}).text
    assert "LINE shows “a.gif” as a still picture, even if it moves." in answer
    assert "a still picture" not in check(as_alice, draft, **{"messages.1.file_id": str(still)}).text


def test_sound_that_line_does_not_play_is_refused(
    place: Account, draft: MessageDraft, as_alice: CheckingClient
) -> None:
    press(as_alice, draft, "add:messages:audio")
    files = {"a.wav": sound(), "a.mp3": silence()}
    ids = {name: str(media_file(place.id, content, name).id) for name, content in files.items()}
    refused = said(check(as_alice, draft, **{"messages.0.file_id": ids["a.wav"]}).text)
    assert refused == {"messages.0.file_id": "LINE plays MP3 and M4A sound only. Save the sound as one of them."}
    assert said(check(as_alice, draft, **{"messages.0.file_id": ids["a.mp3"]}).text) == {}


def test_the_search_for_a_friend_outlives_a_button(
    place: Account, draft: MessageDraft, as_alice: CheckingClient
) -> None:
    friend(place, display_name="はな"), friend(place, display_name="Taro Yamada")
    url = f"/accounts/{place.id}/composer/{draft.id}/friends?preview_search=yamada"
    assert '<input type="hidden" name="preview_search" value="yamada">' in as_alice.fragment(url).text
    drawn = press(as_alice, draft, "add:messages:text", preview_search="yamada").text
    assert "Taro Yamada" in drawn and "はな" not in drawn
    assert re.search(r'id="preview-search" value="yamada"', drawn)


@pytest.mark.parametrize(
    ("url", "is_risky"),
    [
        ("https://shop.example/a?b=c&d=%E3%81%82#e", False),
        ("https://shop.example/日本", True),
        ("https://my_shop.example/", True),
        ("https://shop.example/?a={b}", True),
        ("https://shop.example/?a=b|c", True),
        ("https://shop.example/?rate=10%", True),
        ("https://shop.example/#a#b", True),
    ],
)
def test_links_that_line_may_refuse_are_named(url: str, is_risky: bool) -> None:
    content = MessageSet()
    said = [str(one) for one in warnings_of(content, [{"type": "template", "actions": [{"type": "uri", "uri": url}]}])]
    assert [url in one and "may refuse" in one for one in said] == [True] * is_risky


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("sticker", {"package_id": "446", "sticker_id": "2027"}, None),
        ("sticker", {"package_id": "446", "sticker_id": "2028"}, "Sticker 2028 of package 446 is not on LINE’s list"),
        ("text", {"text": "{{emoji:5ac1bfd5040ab15980c9b435/250}}"}, None),
        ("text", {"text": "{{emoji:5ac1bfd5040ab15980c9b435/251}}"}, "is not on LINE’s list"),
        ("text", {"text": "a" * 4_700 + "{{emoji:5ac1bfd5040ab15980c9b435/250}}"}, "a name that it does not disclose"),
    ],
)
def test_what_line_may_refuse_of_its_own_pictures_is_said(
    draft: MessageDraft, as_alice: CheckingClient, kind: str, fields: dict[str, str], words: str | None
) -> None:
    press(as_alice, draft, f"add:messages:{kind}")
    said = check(as_alice, draft, **{f"messages.0.{name}": value for name, value in fields.items()}).text
    assert words in said if words else "LINE’s list" not in said and "disclose" not in said


def test_links_without_encryption_are_named_in_fields_and_in_texts() -> None:
    button = {"type": "template", "actions": [{"type": "uri", "uri": "http://shop.example/a"}]}
    texts = [{"type": kind, "text": f"(see http://shop.example/{kind})."} for kind in ("text", "textV2")]
    safe = {"type": "text", "text": "https://shop.example/"}
    said = [str(one) for one in warnings_of(MessageSet(), [button, *texts, safe])]
    assert [one.split("”")[0] for one in said if "not encrypted" in one] == [
        "“http://shop.example/a",
        "“http://shop.example/text",
        "“http://shop.example/textV2",
    ]
