"""What a person does in a group may follow from what they did alone: events are applied by time over all sources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.friends.models import Activity, FollowStatus, Friend
from app.line import events as said
from app.line.models import Account, EventState
from app.line.operations import processing
from tests.line.test_processing import GROUP, USER, let_time_pass, say, state, store

IN_GROUP = {"type": "group", "groupId": GROUP, "userId": USER}


@pytest.fixture
def elsewhere(account: Account) -> Iterator[object]:
    """Another worker that has locked the person's own source."""
    with db.engine.connect() as other:
        lock = "SELECT pg_advisory_xact_lock(hashtextextended('line.source:' || %s || ':' || %s, 0))"
        other.exec_driver_sql(lock, (account.id, USER))
        yield other


def words() -> list[str]:
    return [line.data["text"] for line in db.session.scalars(select(Activity).where(Activity.kind == "message"))]


def test_a_group_message_right_after_its_writers_follow_is_on_the_timeline(account: Account) -> None:
    say(account, "hello group", 1, source=IN_GROUP)
    store(account, "follow", 0)
    processing.process_due()
    assert db.session.scalars(select(Friend)).one().follow_status == FollowStatus.FOLLOWING
    assert words() == ["hello group"]


def test_it_waits_for_a_follow_that_another_worker_is_at(account: Account, elsewhere: object) -> None:
    follow, written = store(account, "follow", 0), say(account, "hello group", 1, source=IN_GROUP)
    later = say(account, "and you?", 2, source={**IN_GROUP, "userId": "U" + "b" * 32})
    processing.process_due()
    assert [state(row) for row in (follow, written, later)] == [EventState.PENDING] * 3
    elsewhere.close()  # type: ignore[attr-defined]
    let_time_pass(written, later)
    processing.process_due()
    assert [state(row) for row in (follow, written, later)] == [EventState.PROCESSED] * 3
    assert words() == ["hello group"]


def test_it_waits_for_a_follow_that_is_tried_again_and_no_longer(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fact: said.UserFollowed) -> None:
        raise ValueError(fact)

    monkeypatch.setattr(processing, "WAITS", (600,))
    monkeypatch.setitem(processing.OWN, said.UserFollowed, refuse)
    follow, written = store(account, "follow", 0), say(account, "hello group", 1, source=IN_GROUP)
    processing.process_due()
    assert [state(follow), state(written)] == [EventState.PENDING, EventState.PENDING]
    let_time_pass(follow, written)
    processing.process_due()
    assert [state(follow), state(written)] == [EventState.FAILED, EventState.PROCESSED]


def test_a_follow_that_came_later_is_not_waited_for(account: Account, elsewhere: object) -> None:
    written = say(account, "hello group", 1, source=IN_GROUP)
    store(account, "follow", 5)
    processing.process_due()
    assert state(written) == EventState.PROCESSED


def test_what_waits_is_looked_at_soon(account: Account, elsewhere: object) -> None:
    store(account, "follow", 0)
    written = say(account, "hello group", 1, source=IN_GROUP)
    processing.process_due()
    db.session.refresh(written)
    assert now() < written.due_at + timedelta(seconds=5) < now() + timedelta(seconds=10)
