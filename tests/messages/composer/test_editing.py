"""Fields and lists of a message set as buttons and typing change them."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import NotFound
from app.messages.composer.blanks import ACTIONS, CARDS, MESSAGES
from app.messages.composer.editing import after, with_fields
from app.messages.composer.left import left_after
from app.messages.content import message_set
from app.messages.content.json_text import typed_json
from app.messages.content.sendable import is_listed_sticker
from app.messages.rich_menus import draft
from app.messages.rich_menus.content import MenuArea, MenuContent

EMPTY: dict[str, Any] = message_set.write(message_set.MessageSet())


def added(*kinds: str) -> dict[str, Any]:
    content = EMPTY
    for kind in kinds:
        content = after(content, f"add:messages:{kind}")
    return content


@pytest.mark.parametrize("kind", MESSAGES)
def test_each_kind_begins_as_it_is_stored(kind: str) -> None:
    content = added(kind)
    assert message_set.write(message_set.read(content)) == content


@pytest.mark.parametrize("kind", CARDS)
def test_each_card_and_action_begins_as_it_is_stored(kind: str) -> None:
    content = after(added("cards"), f"add:messages.0.cards:{kind}")
    for action in ACTIONS.keys() - {"phone"}:
        content = after(content, f"kind:messages.0.cards.0.actions.0:{action}")
        assert message_set.write(message_set.read(content)) == content


def test_items_move_and_are_duplicated_and_deleted() -> None:
    content = added("text", "image")
    content = after(content, "up:messages.1")
    content = after(content, "copy:messages.0")
    assert [one["kind"] for one in content["messages"]] == ["image", "image", "text"]
    content = after(after(content, "down:messages.1"), "remove:messages.0")
    assert [one["kind"] for one in content["messages"]] == ["text", "image"]
    assert after(content, "up:messages.0") == content


def test_fields_are_read_by_what_they_hold() -> None:
    content = added("text", "image", "location", "flex")
    typed = {
        "messages.0.text": "one\r\ntwo",
        "messages.1.file_id": "12",
        "messages.2.latitude": "35.5",
        "messages.2.longitude": "east",
        "messages.3.contents": '{"type": "carousel"}',
    }
    text, image, location, flex = with_fields(content, typed)["messages"]
    assert (text["text"], image["file_id"], location["latitude"], location["longitude"]) == ("one\ntwo", 12, 35.5, None)
    assert flex["contents"] == {"type": "carousel"}
    broken = with_fields(content, {"messages.3.contents": "{"})["messages"][3]
    assert (broken["contents"], broken["source"]) == ({}, "{")


def test_json_stays_as_it_was_typed() -> None:
    typed = '{ "type":"bubble",\n\n "body": {"type": "box", "layout": "vertical", "contents": []} }'
    flex = with_fields(added("flex"), {"messages.0.contents": typed})["messages"][0]
    assert (flex["source"], flex["contents"]["body"]["layout"]) == (typed, "vertical")
    assert typed_json(flex["contents"], flex["source"]) == typed
    assert '"layout": "vertical"' in typed_json(flex["contents"], '{"other": 1}')
    shown = added("flex")
    unchanged = typed_json(shown["messages"][0]["contents"], "")
    assert with_fields(shown, {"messages.0.contents": unchanged}) == shown


def test_what_is_no_field_changes_nothing() -> None:
    content = added("text")
    names = [
        "messages.0.kind",
        "messages.1.text",
        "messages.0.other",
        "messages",
        "name",
        "messages.0.text.x",
        "version",
    ]
    assert with_fields(content, dict.fromkeys(names, "x")) == content


def test_another_action_keeps_the_label() -> None:
    content = with_fields(
        added("buttons"), {"messages.0.actions.0.label": "Open", "messages.0.actions.0.url": "https://a.example/"}
    )
    action = after(content, "kind:messages.0.actions.0", "message")["messages"][0]["actions"][0]
    assert action == {"kind": "message", "text": "", "label": "Open"}


def test_a_template_gives_areas_and_keeps_actions() -> None:
    content = with_fields(added("rich"), {"messages.0.areas.0.action.url": "https://a.example/"})
    areas = after(content, "template:messages.0", "columns_2", 701)["messages"][0]["areas"]
    assert [(one["x"], one["width"], one["height"]) for one in areas] == [(0, 520, 701), (520, 520, 701)]
    assert [one["action"]["url"] for one in areas] == ["https://a.example/", ""]


@pytest.mark.parametrize(
    "command",
    ["add:messages:nothing", "add:messages", "up:messages.7", "remove:version", "explode:messages.0",
     "kind:messages.0:x", "template:messages.0:full", "copy:messages.0.text", "add:messages.0.text:link",
     "", "remove:messages", "end_card:messages", "end_card:messages.0", "end_card:messages.0.text"],
)  # fmt: skip
def test_invented_commands_are_refused(command: str) -> None:
    with pytest.raises(NotFound):
        after(added("text"), command)


@pytest.mark.parametrize("number", ["9" * 5_000, "٣", "-1", "x"])
def test_numbers_of_items_that_are_none(number: str) -> None:
    content = added("text", "image")
    for command in ("up", "copy", "remove"):
        with pytest.raises(NotFound):
            after(content, f"{command}:messages.{number}")
        assert left_after(["messages.0.text"], f"{command}:messages.{number}") <= {"messages.0.text"}
        assert left_after([f"messages.{number}.text"], f"{command}:messages.0") == {f"messages.{number}.text"}
    assert not is_listed_sticker("446", number)
    menu = MenuContent((MenuArea(0, 0, 10, 10),))
    assert draft.after(menu, f"remove:{number}", "", 800) == menu
