"""Bringing in earlier friends adds people and touches no one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import events
from app.core.db import db
from app.friends.models import FollowStatus, Friend
from app.friends.operations.bulk_insert import ImportedProfile, confirm_followers, insert_imported
from tests.factories.friends import friend, tag
from tests.factories.line import account

ANA = "U" + "a" * 32
BEN = "U" + "b" * 32


def test_new_people_arrive_without_a_friend_added_date(app: Flask) -> None:
    place = account()
    profile = ImportedProfile(ANA, "花子 🌸", "https://example.com/a.png", "やあ", "ja")

    assert insert_imported(place.id, [profile]) == 1
    db.session.commit()

    row = db.session.scalars(select(Friend)).one()
    assert (row.display_name, row.picture_url, row.status_message, row.language) == (
        "花子 🌸",
        "https://example.com/a.png",
        "やあ",
        "ja",
    )
    assert row.followed_at is None
    assert (row.origin, row.follow_status) == ("import", FollowStatus.FOLLOWING)
    assert row.profile_fetched_at is not None
    assert row.profile_due_at is None


def test_nothing_existing_is_overwritten(app: Flask) -> None:
    place = account()
    since = datetime(2026, 1, 2, tzinfo=UTC)
    vip = tag(place)
    known = friend(
        place,
        (vip,),
        line_user_id=ANA,
        display_name="Ana",
        first_name="A",
        attributes={"size": "M"},
        followed_at=since,
        follow_status=FollowStatus.BLOCKED,
    )

    new = insert_imported(place.id, [ImportedProfile(ANA, "Other"), ImportedProfile(BEN, "Ben")])
    db.session.commit()

    assert new == 1
    db.session.refresh(known)
    assert (known.display_name, known.first_name, known.attributes) == ("Ana", "A", {"size": "M"})
    assert (known.followed_at, known.follow_status, known.origin) == (since, FollowStatus.BLOCKED, "webhook")


def test_the_same_person_on_another_account_is_another_friend(app: Flask) -> None:
    first, second = account(), account()
    friend(first, line_user_id=ANA)

    assert insert_imported(second.id, [ImportedProfile(ANA, "Ana")]) == 1


def test_the_same_person_twice_in_one_call_is_one_friend(app: Flask) -> None:
    assert insert_imported(account().id, [ImportedProfile(ANA, "Ana"), ImportedProfile(ANA, "Ana")]) == 1


def test_the_caller_decides_whether_it_holds(app: Flask) -> None:
    place = account()
    insert_imported(place.id, [ImportedProfile(ANA, "Ana")])
    db.session.rollback()

    assert db.session.scalars(select(Friend)).all() == []


def test_nothing_is_announced(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []
    monkeypatch.setattr(events, "announce", heard.append)
    insert_imported(account().id, [ImportedProfile(ANA, "Ana")])

    assert heard == []


def test_a_name_that_postgresql_refuses_loses_only_the_refused_part(app: Flask) -> None:
    place = account()
    insert_imported(place.id, [ImportedProfile(ANA, "A\x00na\ud83d")])
    db.session.commit()

    assert db.session.scalars(select(Friend.display_name)).one() == "A\ufffdna\ufffd"


def test_no_profiles_are_no_work(app: Flask) -> None:
    assert insert_imported(account().id, []) == 0


def test_a_stranger_listed_by_line_is_a_friend(app: Flask) -> None:
    place = account()
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    wrote = friend(place, line_user_id=ANA, follow_status=FollowStatus.STRANGER, followed_at=None)
    blocked = friend(place, line_user_id=BEN, follow_status=FollowStatus.BLOCKED, status_changed_at=moment)

    assert confirm_followers(place.id, [ANA, BEN, "U" + "c" * 32]) == 1
    db.session.commit()

    db.session.refresh(wrote), db.session.refresh(blocked)
    assert (wrote.follow_status, wrote.followed_at) == (FollowStatus.FOLLOWING, None)
    assert blocked.follow_status == FollowStatus.BLOCKED
