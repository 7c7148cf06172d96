"""Replay: stored events in simulated time, by the engine's decisions, under the rules of the workflow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.core.runs.queries import latest_run
from app.friends.models import Friend
from app.line.models import WebhookEvent
from app.messages.sending.models import FrequencyCap
from app.messages.tracking.models import FetchState, LinkFetch, TrackedLink, TrackedSend
from app.team.actors import SYSTEM
from app.workflows.definition.deciding import decide
from app.workflows.definition.graph import EntryRules
from app.workflows.models import Workflow
from app.workflows.operations import drafts
from app.workflows.qr_codes.models import QrCode, QrScan
from app.workflows.queries.drafts import draft_of, stamp_of
from app.workflows.simulation.models import WorkflowReplay, WorkflowReplaySend
from app.workflows.simulation.operations.replays import begin_replay
from app.workflows.simulation.replaying import machine
from app.workflows.simulation.replaying import run as running
from app.workflows.simulation.replaying.run import REPLAY
from tests.factories import friends as factory
from tests.factories.workflows import active, chain, draft, says, step
from tests.workflows.conftest import Shop

# Midday, so that no schedule of a test falls on the ends of the period.
START = now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=8)


def happened(shop: Shop, friend: Friend, kind: str, hours: float, **payload: Any) -> None:
    """Store an event of a friend, so many hours after the start of the period."""
    at = START + timedelta(hours=hours)
    source = {"type": "user", "userId": friend.line_user_id}
    event = WebhookEvent(
        account_id=shop.account.id,
        event_id=f"{friend.id}-{kind}-{hours}",
        type=kind,
        source_id=friend.line_user_id,
        occurred_at=at,
        received_at=at,
        state="done",
        payload={"type": kind, "mode": "active", "source": source, "replyToken": f"r{friend.id}-{hours}", **payload},
    )
    db.session.add(event)
    db.session.commit()


def says_so(shop: Shop, friend: Friend, words: str, hours: float) -> None:
    happened(
        shop, friend, "message", hours, message={"type": "text", "id": f"{friend.id}{int(hours * 10)}", "text": words}
    )


def replay(workflow: Workflow, days: int = 7) -> WorkflowReplay:
    made = begin_replay(workflow.id, START, START + timedelta(days=days), actor=SYSTEM)
    db.session.commit()
    run = latest_run(REPLAY, made.id)
    assert run is not None
    advance(run.id)
    db.session.expire_all()
    assert latest_run(REPLAY, made.id).state == "completed"  # type: ignore[union-attr]
    return db.session.get_one(WorkflowReplay, made.id)


def sends(made: WorkflowReplay) -> list[tuple[str, str, float]]:
    """What would have been sent, as (node, way, hours after the start), the first one first."""
    query = db.select(WorkflowReplaySend).where(WorkflowReplaySend.replay_id == made.id)
    rows = db.session.scalars(query.order_by(WorkflowReplaySend.at, WorkflowReplaySend.id))
    return [(one.node_id, one.via, _hours(one.at)) for one in rows]


def _hours(at: datetime) -> float:
    return (at - START).total_seconds() / 3600


@pytest.fixture
def hanako(shop: Shop) -> Friend:
    return factory.friend(shop.account, display_name="Hanako")


def test_events_start_runs_and_delays_pass_in_simulated_time(shop: Shop, hanako: Friend) -> None:
    account, tag = str(shop.account.id), factory.tag(shop.account, "New").id
    fits = {
        "version": 1,
        "groups": [{"conditions": [{"property": "tag", "operator": "contains_any", "values": [tag]}]}],
    }
    steps = (
        step("message", keywords=[{"text": "hi", "match": "equals"}]),
        step("send_message", content=says("Hello")),
        step("tag", tags={account: [tag]}, change="add"),
        step("delay", amount=2, unit="days"),
        step("branch", {"b1": "5"}, branches=[{"name": "b1", "label": "New", "conditions": {account: fits}}]),
        step("send_message", content=says("Coupon")),
    )
    says_so(shop, hanako, "Hi", 1)
    says_so(shop, hanako, "Bye", 3)
    made = replay(draft(graph=chain(shop.account, *steps)))
    assert sends(made) == [("n1", "reply", 1.0), ("n5", "push", 49.0)]
    assert made.drafted["runs"] == {"started": 1, "succeeded": 1}
    assert made.drafted["sends"] == {"reply": 1, "push": 1, "messages": 2}
    assert made.drafted["nodes"]["n4|b1|done"] == 1
    assert db.session.scalar(db.text("SELECT count(*) FROM friend_tags")) == 0


def test_friends_who_arrive_alike_are_decided_once_and_keep_their_own_times(
    shop: Shop, hanako: Friend, monkeypatch: pytest.MonkeyPatch
) -> None:
    vip = factory.tag(shop.account, "VIP")
    taro = factory.friend(shop.account, tags=(vip,))
    condition = {"property": "tag", "operator": "contains_any", "values": [vip.id]}
    known = {str(shop.account.id): {"version": 1, "groups": [{"conditions": [condition]}]}}
    branches = [{"name": "y", "label": "Y", "conditions": known}]
    steps = (
        step("message", any=True),
        step("branch", {"y": "4", "else": "2", "-": "x"}, branches=branches),
        step("delay", amount=1, unit="days"),
        step("send_message", {"-": "x"}, content=says("Hello")),
        step("send_message", content=says("Welcome back")),
    )
    workflow = draft(graph=chain(shop.account, *steps))
    for hours, friend in enumerate([hanako, taro, factory.friend(shop.account), factory.friend(shop.account)]):
        says_so(shop, friend, "hi", hours / 2)
    decided: list[str] = []
    monkeypatch.setattr(machine, "decide", lambda arrival: decided.append(arrival.node.id) or decide(arrival))
    made = replay(workflow)
    assert sends(made) == [("n4", "reply", 0.5), ("n3", "push", 24), ("n3", "push", 25), ("n3", "push", 25.5)]
    # One for each way of the branch, and one for each friend who waits.
    assert (decided.count("n1"), decided.count("n2"), decided.count("n3")) == (2, 6, 1)


def test_what_is_not_over_at_the_end_still_waits(shop: Shop, hanako: Friend) -> None:
    steps = step("message", any=True), step("delay", amount=9, unit="days"), step("stop")
    says_so(shop, hanako, "Hi", 1)
    made = replay(draft(graph=chain(shop.account, *steps)))
    assert made.drafted["runs"] == {"started": 1, "waiting": 1}
    # Who came to a step and stands there yet is counted with those who went on.
    assert made.drafted["nodes"] == {"n0|next|done": 1, "n1||waiting": 1}


@pytest.mark.parametrize(("hours", "exit_name"), [(5, "next"), (30, "timeout")])
def test_a_later_message_answers_a_question_where_it_came_in_time(
    shop: Shop, hanako: Friend, hours: float, exit_name: str
) -> None:
    asks = step("question", content=says("Colour?"), name="colour", kind="text", amount=1, unit="days")
    says_so(shop, hanako, "start", 1)
    says_so(shop, hanako, "Blue", hours)
    made = replay(
        draft(graph=chain(shop.account, step("message", keywords=[{"text": "start", "match": "equals"}]), asks))
    )
    assert made.drafted["nodes"][f"n1|{exit_name}|done"] == 1


@pytest.mark.parametrize(("rule", "number"), [("every", 3), ("once", 1), ("not_while_running", 2), ("after_days", 2)])
def test_the_rule_of_re_entry_holds(shop: Shop, hanako: Friend, rule: str, number: int) -> None:
    for hours in (1, 5, 80):
        says_so(shop, hanako, "Hi", hours)
    graph = chain(shop.account, step("message", any=True), step("delay", amount=1, unit="days"), step("stop"))
    made = replay(draft(graph=replace(graph, entry=EntryRules(rule, 3))))
    assert made.drafted["runs"]["started"] == number


@pytest.mark.parametrize(("on_block", "number"), [("end", 0), ("freeze", 1)])
def test_a_block_ends_or_freezes_what_waits(shop: Shop, hanako: Friend, on_block: str, number: int) -> None:
    says_so(shop, hanako, "Hi", 1)
    happened(shop, hanako, "unfollow", 2)
    happened(shop, hanako, "follow", 40, follow={"isUnblocked": True})
    steps = step("message", any=True), step("delay", amount=1, unit="days"), step("send_message", content=says("Hi"))
    made = replay(draft(graph=replace(chain(shop.account, *steps), entry=EntryRules(on_block=on_block))))
    assert len(sends(made)) == number


def test_the_frequency_cap_holds_pushes_back(shop: Shop, hanako: Friend) -> None:
    db.session.add(FrequencyCap(account_id=shop.account.id, most=1, days=7))
    for hours in (1, 2):
        says_so(shop, hanako, "Hi", hours)
    steps = step("message", any=True), step("delay", amount=1, unit="days"), step("send_message", content=says("Hi"))
    made = replay(draft(graph=chain(shop.account, *steps)))
    assert [via for _node, via, _hours in sends(made)] == ["push", "capped"]


def test_follow_events_and_the_clock_are_replayed(shop: Shop, hanako: Friend) -> None:
    account = str(shop.account.id)
    happened(shop, hanako, "follow", 1, follow={"isUnblocked": False})
    daily = step("schedule", {"next": "2"}, every="day", time="09:00", segments={account: "all"})
    steps = step("friend_add", {"next": "2"}), daily, step("send_message", content=says("Hi"))
    graph = chain(shop.account, *steps)
    made = replay(draft(graph=graph), days=2)
    assert made.drafted["nodes"]["n0|next|done"] == 1 and made.drafted["nodes"]["n1|next|done"] == 2
    assert made.drafted["sends"]["push"] == 2


def test_it_is_compared_with_the_active_version(shop: Shop, hanako: Friend) -> None:
    workflow = active(shop.account, step("message", any=True), step("send_message", content=says("One")))
    stamp = stamp_of(workflow, draft_of(workflow.id))
    drafts.add_action(workflow.id, "send_message", {"content": says("Two")}, "n1", "next", seen=stamp, actor=SYSTEM)
    says_so(shop, hanako, "Hi", 1)
    made = replay(workflow)
    assert (made.drafted["sends"]["messages"], made.active["sends"]["messages"]) == (2, 1)
    assert made.compared == {"more": 1}


def test_a_worker_that_is_killed_is_followed_by_one_that_counts_each_friend_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 1)
    for friend in (factory.friend(shop.account) for _number in range(3)):
        says_so(shop, friend, "Hi", 1)
    workflow = active(shop.account, step("message", any=True), step("send_message", content=says("Hello")))
    made = begin_replay(workflow.id, START, START + timedelta(days=7), actor=SYSTEM)
    db.session.commit()
    stored, times = running._store, count()

    def killed(replay_id: int, played: Any) -> None:
        stored(replay_id, played)
        if next(times) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(running, "_store", killed)
    run = latest_run(REPLAY, made.id)
    assert run is not None
    with pytest.raises(KeyboardInterrupt):
        advance(run.id)
    db.session.rollback()
    db.session.execute(db.update(Run).values(leased_until=now() - timedelta(minutes=1), due_at=now()))
    db.session.commit()
    advance(run.id)
    db.session.expire_all()
    assert made.drafted["runs"] == made.active["runs"] == {"started": 3, "succeeded": 3}
    assert len(sends(made)) == 3 and made.compared == {"same": 3}


def test_clicks_and_scans_are_replayed(shop: Shop, hanako: Friend) -> None:
    at = START + timedelta(hours=5)
    account_id, url = shop.account.id, "https://shop.example/beans"
    sent = TrackedSend(account_id=account_id, cause_kind="workflow", cause_id="1:n1", accepted_at=at)
    code = QrCode(account_id=account_id, name="Counter", code="abc")
    db.session.add_all([sent, code])
    db.session.flush()
    link = TrackedLink(code="c", send_id=sent.id, place="messages[0].text", target=url)
    db.session.add(link)
    db.session.flush()
    fetches = {"link_id": link.id, "friend_id": hanako.id, "due_at": None}
    db.session.add(LinkFetch(**fetches, fetched_at=at, state=FetchState.COUNTED))
    db.session.add(LinkFetch(**fetches, fetched_at=at, state=FetchState.IGNORED))
    scanned = {"qr_code_id": code.id, "friend_id": hanako.id, "scanned_at": at}
    db.session.add(QrScan(**scanned, event_key="page:1", answered_at=at))
    db.session.add(QrScan(**scanned, event_key="page:2"))
    db.session.commit()
    click = step("link_clicked", {"next": "2"}, of="address", match="equals", address=url)
    scan = step("qr_code", {"next": "2"}, codes={str(account_id): [code.id]})
    made = replay(draft(graph=chain(shop.account, click, scan, step("send_message", content=says("Hi")))))
    assert made.drafted["nodes"]["n0|next|done"] == 1 and made.drafted["nodes"]["n1|next|done"] == 1


def test_an_event_starts_a_run_once_whatever_kinds_it_counts_as(shop: Shop, hanako: Friend) -> None:
    params = {"newRichMenuAliasId": "second"}
    happened(shop, hanako, "postback", 1, postback={"data": "menu", "params": params})
    switched = step("rich_menu_switched", {"next": "2"}, alias="second")
    pressed = step("postback", {"next": "2"}, match="equals", value="menu")
    made = replay(draft(graph=chain(shop.account, switched, pressed, step("stop"))))
    assert made.drafted["runs"] == {"started": 1, "succeeded": 1}


@pytest.mark.parametrize(("last", "number"), [("send_message", 0), ("stop", 1)])
def test_nothing_is_sent_while_another_channel_holds_the_chat(
    shop: Shop, hanako: Friend, last: str, number: int
) -> None:
    happened(shop, hanako, "message", 1, mode="standby", message={"type": "text", "id": "1", "text": "Hi"})
    steps = step("message", any=True), step(last, content=says("Hello"))
    assert replay(draft(graph=chain(shop.account, *steps))).drafted["runs"].get("started", 0) == number
