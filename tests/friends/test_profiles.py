"""Profiles from LINE: fetched when due, given up politely, refreshed on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.due.claims import claim
from app.core.due.sweep import sweep_kind
from app.core.queue import broker
from app.friends import jobs
from app.friends.events import ProfilesChanged
from app.friends.models import FollowStatus, Friend
from app.friends.operations import profiles
from app.friends.operations.follow_status import record_follow, record_unfollow
from app.friends.operations.friends import PROFILES
from app.friends.operations.profiles import Refresh, Refreshed, refresh_profile
from app.line.models import Account, AccountState, TokenKind
from app.team.actors import SYSTEM
from tests.factories import line as factory
from tests.factories.friends import friend
from tests.support.sandbox import SandboxServer

PROFILE = "/v2/bot/profile/{userId}"
Person = Callable[..., str]


@pytest.fixture
def channel(line: SandboxServer) -> dict[str, Any]:
    """A channel at LINE with no one in it."""
    return line.create_channel(name="Kissa Hoshi", kind="verified")


@pytest.fixture
def place(app: Flask, channel: dict[str, Any]) -> Account:
    """The account that is connected to it."""
    return factory.account(
        bot_user_id=channel["bot_user_id"],
        channel_id=channel["channel_id"],
        channel_secret=channel["secret"],
        token_kind=TokenKind.ISSUED,
        access_token=None,
    )


@pytest.fixture
def person(line: SandboxServer, channel: dict[str, Any]) -> Person:
    """Makes a person at LINE and gives their id."""

    def make(name: str, state: str = "friend", **values: Any) -> str:
        friends = f"/channels/{channel['channel_id']}/friends"
        made = line.api("POST", friends, {"display_name": name, **values})
        line.api("PATCH", f"{friends}/{made['user_id']}", {"state": state})
        return str(made["user_id"])

    return make


def due(place: Account, user_id: str, **values: Any) -> Friend:
    return friend(place, line_user_id=user_id, display_name=None, profile_due_at=now(), **values)


def asked(line: SandboxServer) -> int:
    return sum(row["total"] for row in line.api("GET", "/counters")["counters"] if row["path"] == PROFILE)


def test_a_follow_brings_the_profile(place: Account, person: Person) -> None:
    user_id = person("花子🌸", status_message="やあ", language="ja")
    row = record_follow(place.id, user_id, now(), webhook_event_id=1)
    db.session.commit()

    jobs.fetch_profiles(place.id)

    db.session.refresh(row)
    assert (row.display_name, row.status_message, row.language) == ("花子🌸", "やあ", "ja")
    assert row.picture_url
    assert row.profile_fetched_at is not None
    assert (row.profile_due_at, row.profile_attempts, row.profile_unavailable) == (None, 0, False)


def test_only_profiles_that_changed_are_announced(place: Account, person: Person, heard: list[Any]) -> None:
    user_id = person("Ana")
    ana = due(place, user_id)
    jobs.fetch_profiles(place.id)
    ana.profile_due_at = now()
    db.session.commit()
    jobs.fetch_profiles(place.id)
    refresh_profile(place.id, ana.id, actor=SYSTEM)

    assert heard == [ProfilesChanged(account_id=place.id, friend_ids=(ana.id,))]


def test_a_follow_wakes_the_worker(app: Flask, place: Account, person: Person) -> None:
    record_follow(place.id, person("Ana"), now(), webhook_event_id=1)
    db.session.commit()

    queued = app.extensions["redis"].hvals("dramatiq:bulk.msgs")
    assert any(b"friends.fetch_profiles" in message for message in queued)


def test_many_are_fetched_in_batches_and_once(
    place: Account, person: Person, line: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "PROFILES", replace(PROFILES, batch=3))
    rows = [due(place, person(f"Friend {number}")) for number in range(8)]
    jobs.fetch_profiles(place.id), jobs.fetch_profiles(place.id)

    db.session.expire_all()
    assert [row.display_name for row in rows] == [f"Friend {number}" for number in range(8)]
    assert asked(line) == 8


def test_what_line_refuses_is_remembered(place: Account, line: SandboxServer) -> None:
    row = due(place, "U" + "0" * 32)
    jobs.fetch_profiles(place.id), jobs.fetch_profiles(place.id)

    db.session.refresh(row)
    assert (row.profile_unavailable, row.profile_due_at, row.display_name) == (True, None, None)
    assert asked(line) == 1


def test_trouble_at_line_is_waited_for_ever_longer_and_then_left(
    place: Account, person: Person, line: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "PROFILES", replace(PROFILES, backoff=replace(PROFILES.backoff, most=3)))
    monkeypatch.setattr("app.line.gateway.retries.TRIES", 1)
    line.api("POST", "/faults", {"kind": "status", "status": 500, "path": PROFILE})
    row = due(place, person("Ana"))

    waits = []
    for _ in range(3):
        jobs.fetch_profiles(place.id)
        db.session.refresh(row)
        if row.profile_due_at is None:
            break
        waits.append(row.profile_due_at - now())
        row.profile_due_at = now()
        db.session.commit()

    assert len(waits) == 2
    assert waits[0] < timedelta(seconds=31) < waits[1] < timedelta(seconds=61)
    assert (row.profile_due_at, row.profile_unavailable) == (None, False)


def test_refused_credentials_cost_no_one_their_tries(place: Account, person: Person) -> None:
    row = due(place, person("Ana"))
    place.state = AccountState.DISCONNECTED
    db.session.commit()
    jobs.fetch_profiles(place.id)

    db.session.refresh(row)
    assert row.profile_attempts == 0
    assert row.profile_due_at is not None and row.profile_due_at > now() + timedelta(minutes=20)


def test_a_block_during_the_request_is_not_undone_by_the_answer(
    place: Account, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = person("Ana")
    row = due(place, user_id)
    ask = profiles._ask

    async def block_during_request(account_id: int, user_ids: Any) -> Any:
        record_unfollow(place.id, user_id, now(), webhook_event_id=9)
        db.session.commit()
        return await ask(account_id, user_ids)

    monkeypatch.setattr(profiles, "_ask", block_during_request)
    jobs.fetch_profiles(place.id)

    db.session.refresh(row)
    assert (row.follow_status, row.profile_due_at, row.display_name) == (FollowStatus.BLOCKED, None, None)


def test_a_claim_of_a_dead_worker_runs_out(place: Account, person: Person) -> None:
    row = due(place, person("Ana"))
    mine = Friend.account_id == place.id
    assert claim(PROFILES, 10, mine)
    jobs.fetch_profiles(place.id)
    db.session.refresh(row)
    assert row.display_name is None

    row.profile_leased_until = now() - timedelta(seconds=1)
    db.session.commit()
    jobs.fetch_profiles(place.id)
    db.session.refresh(row)
    assert row.display_name == "Ana"


def test_the_sweep_wakes_connected_accounts_with_work(place: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = factory.account(state=AccountState.BROKEN)
    later = factory.account()
    due(place, "U" + "1" * 32), due(broken, "U" + "1" * 32)
    friend(later, profile_due_at=now() + timedelta(hours=1))
    woken: list[Any] = []
    monkeypatch.setattr("app.core.queue.wake", lambda *args, **options: woken.append(args))

    sweep_kind(PROFILES)
    assert woken == [("friends.fetch_profiles", place.id)]


def test_actors_have_the_names_by_which_they_are_woken() -> None:
    assert "friends.fetch_profiles" in broker.actors


def test_refreshing_tells_what_came_of_it(place: Account, person: Person, line: SandboxServer, channel: Any) -> None:
    user_id = person("Ana")
    row = friend(place, line_user_id=user_id, display_name="Old name", profile_unavailable=True)

    assert refresh_profile(place.id, row.id, actor=SYSTEM) == Refresh(Refreshed.CHANGED)
    assert (row.display_name, row.profile_unavailable) == ("Ana", False)
    assert refresh_profile(place.id, row.id, actor=SYSTEM) == Refresh(Refreshed.SAME)
    line.api("PATCH", f"/channels/{channel['channel_id']}/friends/{user_id}", {"state": "blocked"})
    assert refresh_profile(place.id, row.id, actor=SYSTEM) == Refresh(Refreshed.UNAVAILABLE)
    assert (row.display_name, row.profile_unavailable) == ("Ana", True)


def test_refreshing_someone_who_blocked_does_not_bother_line(place: Account, line: SandboxServer) -> None:
    row = friend(place, follow_status=FollowStatus.BLOCKED)

    assert refresh_profile(place.id, row.id, actor=SYSTEM) == Refresh(Refreshed.BLOCKED)
    assert asked(line) == 0


def test_refreshing_without_a_connection_says_why(place: Account, person: Person) -> None:
    row = friend(place, line_user_id=person("Ana"), display_name="Kept")
    place.state = AccountState.DISCONNECTED
    db.session.commit()

    assert refresh_profile(place.id, row.id, actor=SYSTEM) == Refresh(Refreshed.FAILED, "line.disconnected")
    assert db.session.scalars(select(Friend.display_name)).one() == "Kept"


def test_trouble_while_refreshing_is_told_and_tried_again_by_itself(
    place: Account, person: Person, line: SandboxServer
) -> None:
    row = friend(place, line_user_id=person("Ana"))
    line.api("POST", "/faults", {"kind": "status", "status": 500, "path": PROFILE})

    assert refresh_profile(place.id, row.id, actor=SYSTEM) == Refresh(Refreshed.FAILED, "line.unavailable")
    assert row.profile_due_at is not None
