"""What LINE says friends sent lands on their timeline once; what they take back is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.events import announce
from app.friends import events
from app.friends.models import Activity, FollowStatus, Friend
from app.line import events as line
from app.line.models import Account
from tests.factories.friends import friend

ANA = "U" + "a" * 32
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
HELLO = {"id": "555", "type": "text", "text": "こんにちは", "quoteToken": "q", "markAsReadToken": "m"}


def say(event: object) -> None:
    announce(event)
    db.session.commit()


def message(place: Account, number: int = 1, body: dict[str, Any] = HELLO, **extra: Any) -> line.MessageReceived:
    moment = START + timedelta(minutes=number)
    return line.MessageReceived(place.id, moment, number, line_user_id=ANA, message=body, **extra)


def unsend(place: Account, number: int = 9, who: str | None = ANA) -> line.MessageUnsent:
    return line.MessageUnsent(place.id, START + timedelta(minutes=number), number, line_user_id=who, message_id="555")


def lines() -> list[Activity]:
    return list(db.session.scalars(select(Activity).order_by(Activity.occurred_at, Activity.id)))


def test_a_message_is_written_down_and_announced(place: Account, heard: list[Any]) -> None:
    row = friend(place, line_user_id=ANA)
    say(message(place, reply_token="r"))

    (line_,) = lines()
    assert (line_.friend_id, line_.kind, line_.data) == (
        row.id,
        "message",
        {"message_id": "555", "type": "text", "text": "こんにちは", "quoteToken": "q", "markAsReadToken": "m"},
    )
    db.session.refresh(row)
    assert row.last_message_at == row.last_activity_at == START + timedelta(minutes=1)
    (event,) = heard
    assert isinstance(event, events.FriendMessageReceived)
    assert (event.friend_id, event.message, event.reply_token) == (row.id, HELLO, "r")


def test_a_message_applied_again_has_no_second_effect(place: Account, heard: list[Any]) -> None:
    say(message(place)), say(message(place))

    assert len(lines()) == len(heard) == 1


def test_an_older_message_does_not_turn_back_the_clock(place: Account) -> None:
    say(message(place, 5)), say(message(place, 2, {"id": "556", "type": "image"}))

    assert db.session.scalars(select(Friend.last_message_at)).one() == START + timedelta(minutes=5)


def test_someone_unknown_who_writes_is_a_stranger_with_a_profile_to_fetch(place: Account) -> None:
    say(message(place))

    row = db.session.scalars(select(Friend)).one()
    assert (row.follow_status, row.followed_at, row.origin) == (FollowStatus.STRANGER, None, "webhook")
    assert row.profile_due_at is not None


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (
            {"type": "sticker", "packageId": "1", "stickerId": "2", "quoteToken": "q"},
            {"packageId": "1", "stickerId": "2", "quoteToken": "q"},
        ),
        (
            {"type": "location", "title": "駅", "latitude": 35.6, "longitude": 139.7},
            {"title": "駅", "latitude": 35.6, "longitude": 139.7},
        ),
        ({"type": "file", "fileName": "a.pdf", "fileSize": 12}, {"fileName": "a.pdf", "fileSize": 12}),
        *(
            ({"type": kind, **about}, about)
            for kind, about in (
                ("image", {"contentProvider": {"type": "line"}, "imageSet": {"id": "E0", "index": 1, "total": 2}}),
                ("video", {"contentProvider": {"type": "external", "originalContentUrl": "https://x"}, "duration": 5}),
                ("audio", {"contentProvider": {"type": "line"}, "duration": 5, "markAsReadToken": "m"}),
                ("text", {"text": "(heart)", "emojis": [{"index": 0, "length": 7}], "quotedMessageId": "9"}),
                ("text", {"text": "@Ana", "mention": {"mentionees": [{"index": 0, "length": 4, "type": "user"}]}}),
            )
        ),
        ({"type": "hologram", "depth": 3, "quoteToken": "q"}, {"quoteToken": "q"}),
        ({}, {}),
    ],
)
def test_what_is_kept_of_each_kind(place: Account, body: dict[str, Any], kept: dict[str, Any]) -> None:
    say(message(place, body={"id": "1", **body}))

    assert lines()[0].data == {"message_id": "1", "type": body.get("type", "unknown"), **kept}


def test_a_message_in_a_group_counts_for_friends_only(place: Account, heard: list[Any]) -> None:
    say(message(place, group_id="C1"))
    assert (lines(), heard, db.session.scalars(select(Friend)).all()) == ([], [], [])

    friend(place, line_user_id=ANA)
    say(message(place, group_id="C1"))
    assert lines()[0].data["group_id"] == "C1"
    assert heard[0].group_id == "C1"


def test_an_unsent_message_loses_its_content_and_keeps_its_line(place: Account, heard: list[Any]) -> None:
    say(message(place)), say(unsend(place))

    (line_,) = lines()
    assert line_.data == {"message_id": "555", "unsent": True}
    assert line_.occurred_at == START + timedelta(minutes=1)
    assert heard[-1].message_id == "555"


def test_unsending_needs_no_name(place: Account) -> None:
    say(message(place)), say(unsend(place, who=None))

    assert "text" not in lines()[0].data


def test_unsent_before_it_arrived_is_never_stored(place: Account, heard: list[Any]) -> None:
    friend(place, line_user_id=ANA)
    say(unsend(place)), say(message(place)), say(message(place))

    (line_,) = lines()
    assert line_.data == {"message_id": "555", "unsent": True}
    assert line_.occurred_at == START + timedelta(minutes=1)
    assert not any(isinstance(event, events.FriendMessageReceived) for event in heard)


def test_what_is_left_of_a_message_is_a_line_and_nothing_to_answer(place: Account, heard: list[Any]) -> None:
    say(message(place, body={"id": "555", "type": "text", "unsent": True}))

    assert [line_.data for line_ in lines()] == [{"message_id": "555", "unsent": True}]
    assert not any(isinstance(event, events.FriendMessageReceived) for event in heard)


def test_unsending_twice_is_unsending_once(place: Account) -> None:
    say(message(place)), say(unsend(place)), say(unsend(place)), say(message(place))

    assert [line_.data for line_ in lines()] == [{"message_id": "555", "unsent": True}]


def test_unsending_touches_no_other_account(place: Account, app: Any) -> None:
    from tests.factories.line import account

    say(message(place)), say(unsend(account()))

    assert lines()[0].data["text"] == "こんにちは"


def test_taps_videos_and_links_are_written_and_announced_once(place: Account, heard: list[Any]) -> None:
    row = friend(place, line_user_id=ANA)
    for event in (
        line.PostbackReceived(place.id, START, 1, line_user_id=ANA, data="menu=1", params={"date": "2026-01-01"}),
        line.VideoWatched(place.id, START, 2, line_user_id=ANA, tracking_id="v1"),
        line.AccountLinked(place.id, START, 3, line_user_id=ANA, result="ok", nonce="n0nce"),
    ):
        say(event), say(event)

    assert [(one.kind, one.data) for one in lines()] == [
        ("postback", {"data": "menu=1", "params": {"date": "2026-01-01"}}),
        ("video_watched", {"tracking_id": "v1"}),
        ("account_linked", {}),
    ]
    about = {"account_id": place.id, "friend_id": row.id, "occurred_at": START}
    assert heard == [
        events.FriendPostbackReceived(**about, webhook_event_id=1, data="menu=1", params={"date": "2026-01-01"}),
        events.FriendVideoWatched(**about, webhook_event_id=2, tracking_id="v1"),
        events.FriendAccountLinked(**about, webhook_event_id=3, nonce="n0nce"),
    ]


def test_a_failed_link_leaves_nothing(place: Account, heard: list[Any]) -> None:
    friend(place, line_user_id=ANA)
    say(line.AccountLinked(place.id, START, 1, line_user_id=None, result="failed", nonce="n"))
    say(line.AccountLinked(place.id, START, 2, line_user_id=ANA, result="failed", nonce="n"))

    assert (lines(), heard) == ([], [])


def test_a_tap_in_a_group_by_someone_unknown_is_nothing(place: Account, heard: list[Any]) -> None:
    say(line.PostbackReceived(place.id, START, 1, line_user_id=ANA, data="x", params={}, group_id="C1"))

    assert (lines(), heard) == ([], [])


def test_follow_and_block_reach_their_operations(place: Account) -> None:
    say(line.UserFollowed(place.id, START, 1, line_user_id=ANA, is_unblocked=False, reply_token="r"))
    say(line.UserUnfollowed(place.id, START + timedelta(hours=1), 2, line_user_id=ANA))

    row = db.session.scalars(select(Friend)).one()
    assert (row.follow_status, row.followed_at) == (FollowStatus.BLOCKED, START)
