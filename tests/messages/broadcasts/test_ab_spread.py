"""Both halves of a spread test are sent to side by side, by push and by multicast, whatever their chunks are called."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run, RunState
from app.messages.broadcasts import spread
from app.messages.broadcasts.freezing import CHUNK
from app.messages.broadcasts.models import Broadcast, BroadcastState, TrackingKind
from app.messages.broadcasts.operations import control
from app.messages.broadcasts.progress import BroadcastProgress
from app.messages.broadcasts.verify import verify
from app.team.actors import SYSTEM
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, staged, stored, texts, work
from tests.support.sandbox import SandboxServer

PEOPLE = 25
# Of 13 and 12 people, in chunks of two.
MINUTES, EVERYONE = 3, {"test_share": 100, "spread_minutes": 3}


@pytest.fixture
def stage(line: SandboxServer, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A few friends, in chunks of two."""
    for way in CHUNK:
        monkeypatch.setitem(CHUNK, way, 2)
    return staged(line, connect, PEOPLE)


def frozen(stage: Stage, tracking: TrackingKind = TrackingKind.LINK, **values: int) -> int:
    """Freeze a test, of which no one is sent to before `work`; returns its id."""
    sets = {"content_b": texts("B", LINKED), "tracking": tracking, **values}
    return stage.confirmed("A", LINKED, **sets)


def calls(stage: Stage) -> list[tuple[str, int]]:
    """Return set and people of each call that LINE took, in their order."""
    log = stage.line.api("GET", f"/channels/{stage.id}/messages?limit=100000")["messages"]
    return [(entry["messages"][0]["text"], len(entry["to"])) for entry in log]


def people(stage: Stage) -> Counter[str]:
    return Counter({words: sum(number for one, number in calls(stage) if one == words) for words in "AB"})


def pass_part(part: float) -> None:
    """Let a part of the spread's time pass, and work."""
    passed = "UPDATE broadcasts SET started_at = started_at - make_interval(secs => :seconds), start_due_at = now()"
    db.session.execute(text(passed), {"seconds": MINUTES * 60 * part})
    db.session.commit()
    work()


@pytest.mark.parametrize("tracking", list(TrackingKind))
def test_each_batch_of_a_spread_test_has_both_sets(stage: Stage, tracking: TrackingKind) -> None:
    broadcast_id = frozen(stage, tracking, **EVERYONE)
    work()
    found = [people(stage)]
    for _ in range(4):
        pass_part(0.2)
        found.append(people(stage))
    assert all(abs(one["A"] - one["B"]) <= 2 for one in found)
    assert [one.total() for one in found] == sorted(one.total() for one in found)
    assert (found[0], 10 <= found[2].total() <= 14) == ({"A": 2, "B": 2}, True)
    pass_part(0.25)
    assert people(stage) == {"A": 13, "B": 12} and stage.reached() == stage.people
    assert stored(broadcast_id).state == BroadcastState.SENT and verify(broadcast_id).is_good


def test_a_stopped_test_has_tried_both_sets(stage: Stage) -> None:
    broadcast_id = frozen(stage, **EVERYONE)
    work()
    pass_part(0.4)
    control.stop(stage.account.id, broadcast_id, actor=SYSTEM)
    db.session.commit()
    work()
    found = people(stage)
    assert min(found["A"], found["B"]) >= 3 and verify(broadcast_id).is_good


def test_the_sets_take_turns_without_a_spread(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.messages.broadcasts.delivery.CONNECTIONS", dict.fromkeys(CHUNK, 1))
    monkeypatch.setattr("app.messages.broadcasts.run.CONNECTIONS", dict.fromkeys(CHUNK, 1))
    frozen(stage, test_share=50, winner_after_hours=4)
    work()
    assert calls(stage) == [("A", 2), ("B", 2)] * 3 + [("A", 1), ("B", 1)]


def test_a_test_that_was_numbered_half_by_half_goes_on(stage: Stage) -> None:
    """As audiences were frozen before both halves were numbered by turns."""
    broadcast_id = frozen(stage, **EVERYONE)
    work()
    other = "(SELECT number, 99 + row_number() OVER (ORDER BY first) AS now FROM broadcast_chunks) AS other"
    for statement in (
        f"UPDATE broadcast_recipients SET chunk = now FROM {other} WHERE chunk = number",
        f"UPDATE broadcast_chunks AS one SET number = now FROM {other} WHERE one.number = other.number",
    ):
        db.session.execute(text(statement))
    pass_part(0.5)
    assert people(stage) == {"A": 6, "B": 6}
    pass_part(0.55)
    assert stage.reached() == stage.people and verify(broadcast_id).is_good


def test_a_chunk_that_line_refuses_holds_up_neither_half(stage: Stage) -> None:
    broadcast_id = frozen(stage, **EVERYONE)
    work()
    db.session.execute(text("UPDATE broadcast_recipients SET line_user_id = 'U' WHERE position = 5"))
    pass_part(0.5)
    pass_part(0.55)
    assert len(stage.reached()) == len(set(stage.reached())) == PEOPLE - 1
    assert stored(broadcast_id).counts["refused"] == 1 and verify(broadcast_id).problems == []


def test_the_next_turn_is_that_of_the_half_that_comes_first(stage: Stage) -> None:
    broadcast_id = frozen(stage, **EVERYONE)
    work()
    broadcast = stored(broadcast_id)
    found = spread.Spread.of(broadcast)
    assert found is not None and broadcast.started_at is not None
    assert found.parts == [(1, 13), (14, 25)]
    # The third person of each half is the next one; the 13 of A have their turns closer together than the 12 of B.
    assert spread.next_moment(broadcast) == broadcast.started_at + timedelta(minutes=MINUTES) * (3 / 13)
    assert found.turns_at(broadcast.started_at) == [(1, 1), (14, 14)]
    assert found.turns_at(broadcast.started_at + timedelta(minutes=MINUTES / 2)) == [(1, 6), (14, 19)]
    assert found.turns_at(broadcast.started_at + timedelta(hours=9)) == [(1, 13), (14, 25)]
    assert found.pace * 60 * MINUTES == pytest.approx(PEOPLE)


def progress(waiting: int, **values: object) -> BroadcastProgress:
    """Return the progress of a test of 40 of 100 people, of whom so many wait, while a run sends 2 a second."""
    run = Run(state=RunState.RUNNING, pace=2.0, total=100, done=100 - waiting)
    of_test = {"test": {"a": 20, "b": 20}, "reachable": 100}
    broadcast = Broadcast(
        state=BroadcastState.SENDING,
        way="push",
        winner_after_hours=1,
        spread_minutes=30,
        started_at=now(),
        frozen=of_test,
        counts={"waiting": waiting, "sent": 100 - waiting},
    )
    return BroadcastProgress(broadcast, run, **values)  # type: ignore[arg-type]


def test_what_is_left_of_a_test_counts_the_people_of_the_part_that_is_sent_to(app: object) -> None:
    sending = progress(80, waits=True)
    # 20 people of the test at 2 a second, the hour, and the half hour of the rest.
    assert (sending.pace, sending.left) == ("2 per second", timedelta(seconds=10, hours=1, minutes=30))
    waits = progress(60, waits=True, next_at=now() + timedelta(minutes=20))
    assert waits.pace == "" and waits.left is not None
    assert timedelta(minutes=49) < waits.left <= timedelta(minutes=50)
    rest = spread.Spread(now() - timedelta(minutes=10), timedelta(minutes=30), [(41, 100)])
    sent = progress(50, spread=rest, next_at=now())
    assert sent.pace == "2 per minute" and sent.left is not None
    assert timedelta(minutes=19) < sent.left <= timedelta(minutes=20)
