"""Follows and blocks in any order and any number end in the same truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.friends.events import FriendAdded, FriendBlocked, FriendUnblocked
from app.friends.models import Activity, FollowStatus, Friend
from app.friends.operations.bulk_insert import ImportedProfile, insert_imported
from app.friends.operations.follow_status import record_follow, record_unfollow
from app.line.models import Account
from tests.factories.friends import friend, tag

ANA = "U" + "a" * 32
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def follow(place: Account, hours: int, **extra: Any) -> Friend:
    row = record_follow(place.id, ANA, at(hours), webhook_event_id=100 + hours, **extra)
    db.session.commit()
    return row


def unfollow(place: Account, hours: int) -> Friend:
    row = record_unfollow(place.id, ANA, at(hours), webhook_event_id=100 + hours)
    db.session.commit()
    return row


def kinds() -> list[str]:
    return list(db.session.scalars(select(Activity.kind).order_by(Activity.occurred_at, Activity.id)))


def test_a_follow_makes_a_friend_whose_profile_is_due(place: Account, heard: list[Any]) -> None:
    row = follow(place, 0, reply_token="r")

    assert (row.follow_status, row.followed_at, row.origin) == (FollowStatus.FOLLOWING, at(0), "webhook")
    assert row.profile_due_at is not None
    assert row.last_activity_at == at(0)
    assert kinds() == ["followed"]
    assert heard == [
        FriendAdded(account_id=place.id, friend_id=row.id, occurred_at=at(0), webhook_event_id=100, reply_token="r")
    ]


def test_a_block_keeps_the_friend_and_asks_line_nothing(place: Account, heard: list[Any]) -> None:
    follow(place, 0)
    row = unfollow(place, 2)

    assert (row.follow_status, row.blocked_at, row.followed_at) == (FollowStatus.BLOCKED, at(2), at(0))
    assert row.profile_due_at is None
    assert [type(event) for event in heard] == [FriendAdded, FriendBlocked]


def test_coming_back_is_an_unblock_and_keeps_the_first_date(place: Account, heard: list[Any]) -> None:
    vip = tag(place)
    known = friend(place, (vip,), line_user_id=ANA, first_name="Ana", followed_at=at(-50))
    unfollow(place, 1)
    row = follow(place, 5, is_unblocked=True)

    assert row.id == known.id
    assert (row.follow_status, row.followed_at, row.unblocked_at) == (FollowStatus.FOLLOWING, at(-50), at(5))
    assert (row.blocked_at, row.first_name) == (at(1), "Ana")
    assert row.profile_due_at is not None
    assert kinds() == ["blocked", "unblocked"]
    assert [type(event) for event in heard] == [FriendBlocked, FriendUnblocked]


def test_line_may_call_an_unblock_a_new_follow(place: Account, heard: list[Any]) -> None:
    unfollow(place, 1)
    follow(place, 5, is_unblocked=False)

    assert [type(event) for event in heard] == [FriendBlocked, FriendUnblocked]


def test_an_imported_friend_who_comes_back_has_no_invented_date(place: Account) -> None:
    insert_imported(place.id, [ImportedProfile(ANA, "Ana")])
    unfollow(place, 1)
    row = follow(place, 5, is_unblocked=True)

    assert (row.followed_at, row.follow_status) == (None, FollowStatus.FOLLOWING)


def test_someone_seen_first_when_unblocking_is_dated_by_it(place: Account, heard: list[Any]) -> None:
    row = follow(place, 5, is_unblocked=True)

    assert (row.followed_at, row.unblocked_at) == (at(5), at(5))
    assert [type(event) for event in heard] == [FriendUnblocked]


def test_a_stranger_who_follows_becomes_a_friend(place: Account, heard: list[Any]) -> None:
    friend(place, line_user_id=ANA, follow_status=FollowStatus.STRANGER, followed_at=None)
    row = follow(place, 3)

    assert (row.follow_status, row.followed_at) == (FollowStatus.FOLLOWING, at(3))
    assert [type(event) for event in heard] == [FriendAdded]


def test_an_unknown_person_who_blocks_is_not_revived_by_an_import(place: Account) -> None:
    unfollow(place, 1)
    assert not insert_imported(place.id, [ImportedProfile(ANA, "Ana")])
    db.session.commit()

    row = db.session.scalars(select(Friend)).one()
    assert (row.follow_status, row.followed_at) == (FollowStatus.BLOCKED, None)


STORY = (("follow", 0), ("block", 1), ("follow", 2), ("block", 3), ("follow", 4))


@pytest.mark.parametrize("order", list(permutations(STORY))[::7])
def test_the_order_of_arrival_does_not_matter(place: Account, order: tuple[tuple[str, int], ...]) -> None:
    for kind, hours in order:
        follow(place, hours, is_unblocked=hours > 0) if kind == "follow" else unfollow(place, hours)

    row = db.session.scalars(select(Friend)).one()
    assert (row.follow_status, row.followed_at, row.status_changed_at) == (FollowStatus.FOLLOWING, at(0), at(4))
    assert (row.blocked_at, row.unblocked_at, row.last_activity_at) == (at(3), at(4), at(4))
    assert kinds() == ["followed", "blocked", "unblocked", "blocked", "unblocked"]


def test_an_event_applied_again_changes_and_announces_nothing(place: Account, heard: list[Any]) -> None:
    follow(place, 0), unfollow(place, 1), follow(place, 2)
    before = heard.copy()
    follow(place, 2), unfollow(place, 1), follow(place, 0)

    assert heard == before
    assert kinds() == ["followed", "blocked", "unblocked"]


def test_what_is_no_longer_true_is_not_announced(place: Account, heard: list[Any]) -> None:
    unfollow(place, 5)
    row = follow(place, 1)

    assert [type(event) for event in heard] == [FriendBlocked]
    assert (row.follow_status, row.profile_due_at, row.followed_at) == (FollowStatus.BLOCKED, None, at(1))


def test_a_listener_that_fails_undoes_everything(place: Account, heard: list[Any], monkeypatch: Any) -> None:
    def refuse(event: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("app.friends.operations.follow_status.announce_all", refuse)
    with pytest.raises(RuntimeError):
        record_follow(place.id, ANA, at(0), webhook_event_id=1)
    db.session.rollback()

    assert db.session.scalars(select(Friend)).all() == []
