"""Everyone in the frozen audience gets a broadcast once, whatever LINE answers."""

from __future__ import annotations

from app.core.db import db
from app.core.events import _listeners, listen
from app.friends.models import FollowStatus, Friend
from app.messages.broadcasts.events import BroadcastEnded
from app.messages.broadcasts.models import BroadcastChunk, BroadcastState, TrackingKind, Way
from tests.messages.broadcasts.conftest import LINKED, PEOPLE, Stage, counted, store_friends


def test_identical_content_reaches_everyone_once_by_multicast(stage: Stage) -> None:
    blocked, stranger = stage.people[:2]
    for one, status in ((blocked, FollowStatus.BLOCKED), (stranger, FollowStatus.STRANGER)):
        db.session.query(Friend).filter_by(line_user_id=one).update({"follow_status": status})
    db.session.commit()
    broadcast = stage.sent()
    assert (broadcast.state, broadcast.way) == (BroadcastState.SENT, Way.MULTICAST)
    assert stage.reached() == stage.people[2:]
    assert counted(broadcast.id) == {"sent": PEOPLE - 2}
    assert broadcast.frozen is not None
    assert {name: broadcast.frozen[name] for name in ("friends", "reachable", "blocked")} == {
        "friends": PEOPLE,
        "reachable": PEOPLE - 2,
        "blocked": 1,
    }
    assert broadcast.counts["sent"] == PEOPLE - 2 and broadcast.reserved_units == 0


def test_the_end_is_announced(stage: Stage) -> None:
    ended: list[BroadcastEnded] = []
    listen(BroadcastEnded)(ended.extend)
    broadcast = stage.sent()
    _listeners[BroadcastEnded].remove(ended.extend)
    assert ended == [BroadcastEnded(broadcast.account_id, broadcast.id)]


def test_personal_content_is_pushed_to_each(stage: Stage) -> None:
    broadcast = stage.sent("Hello {{display_name|you}}", LINKED, tracking=TrackingKind.PERSON)
    assert (broadcast.state, broadcast.way) == (BroadcastState.SENT, Way.PUSH)
    assert stage.reached() == stage.people
    log = stage.line.api("GET", f"/channels/{stage.id}/messages?limit=5000")["messages"]
    words = {(entry["messages"][0]["text"], entry["messages"][1]["text"]) for entry in log}
    assert len({hello for hello, _link in words}) == len({link for _hello, link in words}) == PEOPLE


def test_answers_that_get_lost_and_errors_send_nothing_twice(stage: Stage) -> None:
    for path in ("multicast", "push"):
        stage.fault("lost", path, None, probability=0.2)
        stage.fault("status", path, None, probability=0.2, status=500)
        stage.fault("status", path, 2, status=429, message="The API rate limit has been exceeded. Try again later.")
    for tracking, expected in ((TrackingKind.LINK, 1), (TrackingKind.PERSON, 2)):
        broadcast = stage.sent(LINKED, tracking=tracking)
        assert broadcast.state == BroadcastState.SENT
        assert stage.reached() == sorted(stage.people * expected)


def test_an_unknown_person_is_found_and_the_others_get_it_once(stage: Stage) -> None:
    stage.set(multicast_unknown="reject")
    store_friends(stage.account, [f"U{number:032x}" for number in (1, 2)])
    broadcast = stage.sent()
    assert broadcast.state == BroadcastState.SENT
    assert stage.reached() == stage.people
    assert counted(broadcast.id) == {"sent": PEOPLE, "refused": 2}


def test_an_unknown_person_among_pushes_is_refused(stage: Stage) -> None:
    store_friends(stage.account, [f"U{1:032x}"])
    broadcast = stage.sent("Hello {{display_name|you}}")
    assert counted(broadcast.id) == {"sent": PEOPLE, "refused": 1}
    assert stage.reached() == stage.people


def test_content_that_line_refuses_fails_the_broadcast_and_the_rest_can_be_sent(stage: Stage) -> None:
    stage.fault("status", "multicast", 1, status=400, message="The request body has 1 error(s)")
    stage.fault("status", "validate/push", 1, skip=2, status=400, message="The request body has 1 error(s)")
    broadcast = stage.sent()
    assert (broadcast.state, broadcast.reason) == (BroadcastState.FAILED, "broadcasts.content")
    assert counted(broadcast.id)["not_sent"] > 0 and "waiting" not in counted(broadcast.id)


def test_a_key_is_stored_before_the_call_and_stays(stage: Stage) -> None:
    broadcast = stage.sent()
    chunks = db.session.query(BroadcastChunk).filter_by(broadcast_id=broadcast.id).all()
    log = stage.line.api("GET", f"/channels/{stage.id}/messages?limit=50")["messages"]
    assert {str(chunk.retry_key) for chunk in chunks} == {entry["retry_key"] for entry in log}
    assert {chunk.request_id for chunk in chunks} == {entry["request_id"] for entry in log}
