"""Each person of an A/B test gets one of two message sets, and the rest the one that more people clicked on."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.friends.models import Activity
from app.messages.broadcasts.deal import Standing, clickers_of, winner_due_at
from app.messages.broadcasts.freezing import CHUNK
from app.messages.broadcasts.models import BroadcastRecipient, BroadcastState, PartOfTest, TrackingKind, Variant
from app.messages.broadcasts.operations import control
from app.messages.broadcasts.queries.audience import AudienceChoice, audience_for
from app.messages.broadcasts.queries.reach import count_reached_often
from app.messages.broadcasts.queries.results import figures_of
from app.messages.broadcasts.schedule import order_start
from app.messages.broadcasts.verify import verify
from app.messages.sending.frequency import change_cap
from app.messages.tracking.models import FetchState, LinkFetch, TargetKind, TrackedLink
from app.team.actors import SYSTEM
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, counted, staged, store_friends, stored, texts, work
from tests.support.sandbox import SandboxServer

FEW = 13
# 30 percent of 13 people are rounded up to two halves of two.
TEST = {"test_share": 30, "winner_after_hours": 4}


@pytest.fixture
def stage(line: SandboxServer, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A few friends, in chunks of three."""
    for way in CHUNK:
        monkeypatch.setitem(CHUNK, way, 3)
    return staged(line, connect, FEW)


def begun(stage: Stage, tracking: TrackingKind, **values: int) -> int:
    """Send the test of a broadcast; returns its id."""
    sets = {"content_b": texts("B", LINKED), "tracking": tracking, **TEST, **values}
    broadcast_id = stage.confirmed("A", LINKED, **sets)
    work()
    return broadcast_id


def received(stage: Stage) -> Counter[str]:
    """Count the people by the first message that they got; each may have got one."""
    log = stage.line.api("GET", f"/channels/{stage.id}/messages?limit=100000")["messages"]
    got = [(to["id"], entry["messages"][0]["text"]) for entry in log for to in entry["to"] if to["delivered"]]
    assert sorted(one for one, _words in got) == sorted({one for one, _words in got})
    return Counter(words for _one, words in got)


def click(broadcast_id: int, variant: Variant, people: int) -> None:
    """Let so many browsers click on the links of a set."""
    found = stored(broadcast_id)
    send_id = found.tracked_send_id if variant is Variant.A else found.tracked_send_b_id
    links = db.session.scalars(select(TrackedLink).where(TrackedLink.send_id == send_id).order_by(TrackedLink.id)).all()
    for number in range(people):
        link = links[number % len(links)]
        about = {"friend_id": link.friend_id, "client": f"browser {number}", "state": FetchState.COUNTED}
        db.session.execute(insert(LinkFetch).values(link_id=link.id, fetched_at=now(), due_at=None, **about))
    db.session.commit()


def person_at(broadcast_id: int, position: int) -> BroadcastRecipient:
    mine = BroadcastRecipient.broadcast_id == broadcast_id, BroadcastRecipient.position == position
    return db.session.scalars(select(BroadcastRecipient).where(*mine)).one()


def click_as(broadcast_id: int, position: int) -> None:
    """Let the person at the position click on a link of their own."""
    friend_id = person_at(broadcast_id, position).friend_id
    link = select(TrackedLink.id).where(TrackedLink.friend_id == friend_id, TrackedLink.kind == TargetKind.LINK)
    about = {"friend_id": friend_id, "client": "phone", "state": FetchState.COUNTED, "due_at": None}
    db.session.execute(insert(LinkFetch).values(link_id=db.session.scalars(link).one(), fetched_at=now(), **about))
    db.session.commit()


def add_picture(broadcast_id: int) -> None:
    """Let each set have a picture that tells opens, and no one has loaded yet."""
    found = stored(broadcast_id)
    for send_id in filter(None, (found.tracked_send_id, found.tracked_send_b_id)):
        link = {"code": uuid4().hex, "kind": TargetKind.IMAGE, "place": "messages[1].template.thumbnailImageUrl"}
        db.session.add(TrackedLink(send_id=send_id, target="tea", **link))
    db.session.commit()


def later(broadcast_id: int, hours: int) -> None:
    """Let some hours pass for the test, and work."""
    passed = text("UPDATE broadcast_chunks SET settled_at = settled_at - make_interval(hours => :hours)")
    order_start(stored(broadcast_id))
    db.session.execute(passed, {"hours": hours})
    db.session.commit()
    work()


@pytest.mark.parametrize("tracking", list(TrackingKind))
def test_the_rest_gets_the_set_with_more_clicks_after_the_hours(stage: Stage, tracking: TrackingKind) -> None:
    broadcast_id = begun(stage, tracking)
    broadcast = stored(broadcast_id)
    assert (broadcast.state, received(stage)) == (BroadcastState.SENDING, {"A": 2, "B": 2})
    due_at = winner_due_at(broadcast)
    assert broadcast.start_due_at == due_at and due_at is not None and due_at > now() + timedelta(hours=3)
    click(broadcast_id, Variant.A, 1)
    click(broadcast_id, Variant.B, 2)
    assert clickers_of(stored(broadcast_id)) == {Variant.A: 1, Variant.B: 2}
    later(broadcast_id, 3)
    assert counted(broadcast_id) == {"sent": 4, "waiting": FEW - 4}
    later(broadcast_id, 1)
    broadcast = stored(broadcast_id)
    assert (broadcast.state, broadcast.winner) == (BroadcastState.SENT, Variant.B)
    assert received(stage) == {"A": 2, "B": FEW - 2}
    assert verify(broadcast_id).problems == []
    # Clicks of the rest do not change why the winner was picked.
    click(broadcast_id, Variant.A, 4)
    standing = Standing.of(stored(broadcast_id))
    assert standing is not None and (standing.winner, standing.clicked) == (Variant.B, {Variant.A: 1, Variant.B: 2})
    assert standing.share("a") == 0.5
    variants = figures_of(stored(broadcast_id)).variants
    assert [(one.part, one.variant, one.sent) for one in variants] == [
        (PartOfTest.A, "a", 2),
        (PartOfTest.B, "b", 2),
        (PartOfTest.REST, "b", FEW - 4),
    ]


def test_the_figures_of_the_sets_count_those_who_were_sent_to(stage: Stage) -> None:
    broadcast_id = begun(stage, TrackingKind.PERSON)
    click(broadcast_id, Variant.B, 1)
    click(broadcast_id, Variant.B, 1)
    assert [one.opened for one in figures_of(stored(broadcast_id)).variants] == [None, None]
    add_picture(broadcast_id)
    figures = lambda: {one.part.value: one for one in figures_of(stored(broadcast_id)).variants}  # noqa: E731
    a, b = figures()["a"], figures()["b"]
    assert (a.sent, a.opened, a.clicked, a.clicks, a.click_rate) == (2, 0, 0, 0, 0.0)
    assert (b.sent, b.opened, b.clicked, b.clicks, b.click_rate) == (2, 1, 1, 2, 0.5)
    later(broadcast_id, 4)
    # The rest gets the winner, and its figures stay apart from those of the test.
    b, rest = figures()["b"], figures()["rest"]
    assert (b.sent, b.clicked, b.clicks, b.click_rate) == (2, 1, 2, 0.5)
    assert (rest.variant, rest.sent, rest.clicked, rest.click_rate) == ("b", FEW - 4, 0, 0.0)
    click_as(broadcast_id, FEW - 1)
    rest = figures()["rest"]
    assert (rest.opened, rest.clicked, rest.clicks, figures()["b"].clicks) == (1, 1, 1, 2)
    own = "UPDATE broadcast_recipients SET state = 'refused' WHERE position IN (1, :last)"
    db.session.execute(text(own), {"last": FEW})
    db.session.commit()
    assert (figures()["a"].sent, figures()["b"].sent, figures()["rest"].sent) == (1, 2, FEW - 5)
    block = {"kind": "blocked", "occurred_at": now() - timedelta(minutes=5), "data": {}}
    person = person_at(broadcast_id, FEW - 1)
    db.session.execute(insert(Activity).values(account_id=stage.account.id, friend_id=person.friend_id, **block))
    db.session.commit()
    assert (figures()["rest"].sent, figures()["rest"].delivered) == (FEW - 5, FEW - 6)
    db.session.execute(text("UPDATE broadcast_chunks SET state = 'refused'"))
    db.session.commit()
    assert (figures()["a"].sent, figures()["a"].click_rate) == (0, None)


def test_clicks_of_no_one_known_count_for_the_rest_from_the_winner_on(stage: Stage) -> None:
    broadcast_id = begun(stage, TrackingKind.LINK)
    click(broadcast_id, Variant.A, 1)
    control.choose_winner(stage.account.id, broadcast_id, Variant.A, actor=SYSTEM)
    db.session.commit()
    work()
    click(broadcast_id, Variant.A, 3)
    click(broadcast_id, Variant.B, 1)
    clicks = {one.part.value: one.clicks for one in figures_of(stored(broadcast_id)).variants}
    assert clicks == {"a": 1, "b": 0, "rest": 3}


def test_a_zero_of_shared_links_is_not_known(stage: Stage) -> None:
    broadcast_id = begun(stage, TrackingKind.LINK)
    a = figures_of(stored(broadcast_id)).variants[0]
    assert (a.sent, a.opened, a.clicked, a.clicks) == (2, None, None, 0)


def test_a_tie_goes_to_the_first_set(stage: Stage) -> None:
    broadcast_id = begun(stage, TrackingKind.LINK)
    click(broadcast_id, Variant.A, 1)
    click(broadcast_id, Variant.B, 1)
    later(broadcast_id, 4)
    assert received(stage) == {"A": FEW - 2, "B": 2}


def test_a_test_of_all_people_waits_for_nothing(stage: Stage) -> None:
    broadcast_id = begun(stage, TrackingKind.LINK, test_share=100)
    assert stored(broadcast_id).state == BroadcastState.SENT
    assert received(stage) == {"A": 7, "B": 6} and verify(broadcast_id).is_good


def test_a_member_ends_the_wait_even_of_a_paused_test(stage: Stage) -> None:
    broadcast_id, account_id = begun(stage, TrackingKind.LINK, spread_minutes=1), stage.account.id
    control.pause(account_id, broadcast_id, actor=SYSTEM)
    control.choose_winner(account_id, broadcast_id, Variant.B, actor=SYSTEM)
    with pytest.raises(Conflict):
        control.choose_winner(account_id, broadcast_id, Variant.A, actor=SYSTEM)
    db.session.commit()
    work()
    assert received(stage) == {"A": 2, "B": 2}
    control.resume(account_id, broadcast_id, actor=SYSTEM)
    db.session.execute(text("UPDATE broadcasts SET winner_at = winner_at - interval '1 minute'"))
    db.session.commit()
    work()
    assert received(stage) == {"A": 2, "B": FEW - 2} and verify(broadcast_id).is_good


def test_the_proof_sees_a_person_in_the_wrong_half(stage: Stage) -> None:
    broadcast_id = begun(stage, TrackingKind.LINK)
    mine = db.session.query(BroadcastRecipient).filter_by(broadcast_id=broadcast_id)
    mine.filter_by(position=1).update({"variant": Variant.B})
    assert len(verify(broadcast_id).problems) == 1


def test_friends_who_were_reached_often_enough_are_left_out(stage: Stage) -> None:
    change_cap(stage.account.id, 2, 7, actor=SYSTEM)
    for _ in range(2):
        assert stage.sent().counts["sent"] == FEW
    store_friends(stage.account, [f"U{1:032x}"])
    audience = audience_for(stage.account.id, AudienceChoice())
    assert [count_reached_often(audience, times, 7) for times in (2, 3)] == [FEW, 0]
    broadcast = stage.sent()
    assert counted(broadcast.id) == {"sent": 1}
    assert broadcast.frozen is not None
    assert (broadcast.frozen["friends"], broadcast.frozen["reachable"]) == (FEW + 1, 1)
    assert broadcast.frozen["capped"] == {"people": FEW, "most": 2, "days": 7}
