"""An edited message has its new words on its one line, and is announced."""

from __future__ import annotations

from typing import Any

from app.friends import events
from app.friends.timeline import describe
from app.line import events as line
from app.line.models import Account
from tests.factories.friends import friend
from tests.friends.test_conversation import ANA, HELLO, START, lines, message, say, unsend


def edit(place: Account, number: int, text: str, **extra: Any) -> line.MessageEdited:
    moment = START.replace(minute=number)
    return line.MessageEdited(place.id, moment, number, ANA, {**HELLO, "text": text}, "C" + "1" * 32, **extra)


def test_an_edit_changes_the_words_and_is_announced(place: Account, heard: list[Any]) -> None:
    row = friend(place, line_user_id=ANA)
    say(message(place)), say(edit(place, 2, "newer", reply_token="r"))

    (line_,) = lines()
    assert (line_.data["text"], line_.occurred_at) == ("newer", START.replace(minute=1))
    assert isinstance(heard[-1], events.FriendMessageEdited)
    assert (heard[-1].friend_id, heard[-1].message["text"], heard[-1].reply_token) == (row.id, "newer", "r")
    assert describe("message", line_.data).title.endswith("edited since")


def test_the_newest_edit_wins_and_the_same_one_is_announced_once(place: Account, heard: list[Any]) -> None:
    friend(place, line_user_id=ANA)
    say(message(place)), say(edit(place, 5, "newest")), say(edit(place, 3, "older")), say(edit(place, 5, "newest"))

    assert lines()[0].data["text"] == "newest"
    assert [type(event) for event in heard] == [events.FriendMessageReceived, events.FriendMessageEdited]


def test_a_message_that_comes_after_its_edit_is_announced_once(place: Account, heard: list[Any]) -> None:
    row = friend(place, line_user_id=ANA)
    say(edit(place, 2, "newer")), say(message(place)), say(message(place))

    assert [type(event) for event in heard] == [events.FriendMessageEdited, events.FriendMessageReceived]
    assert (lines()[0].data["text"], lines()[0].occurred_at) == ("newer", START.replace(minute=1))
    assert row.last_message_at == START.replace(minute=1)


def test_an_edit_after_the_unsend_brings_nothing_back(place: Account, heard: list[Any]) -> None:
    friend(place, line_user_id=ANA)
    say(message(place)), say(unsend(place)), say(edit(place, 12, "back again"))

    assert lines()[0].data == {"message_id": "555", "unsent": True}
    assert not any(isinstance(event, events.FriendMessageEdited) for event in heard)


def test_of_a_stranger_in_a_group_nothing_is_kept(place: Account, heard: list[Any]) -> None:
    say(edit(place, 2, "newer"))

    assert (lines(), heard) == ([], [])
