"""Runs that arrive at a step alike: one decision for all of them, and each keeps what is its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.db import db
from app.friends.models import FriendTag
from app.workflows.definition.deciding import decide
from app.workflows.engine import advancing
from app.workflows.models import WorkflowNodeDay, WorkflowStep
from tests.factories import friends as factory
from tests.factories.workflows import active, step
from tests.workflows.conftest import Shop, history, let_pass, runs, settle

TEXT = {"version": 1, "messages": [{"kind": "text", "text": "Hello"}]}


def test_runs_that_arrive_alike_are_decided_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = {str(shop.account.id): [factory.tag(shop.account, "Waited").id]}
    active(shop.account, step("friend_add"), step("delay", amount=1, unit="days"), step("tag", tags=tags), step("stop"))
    # Two come together, the third comes later and waits until another moment.
    shop.person()
    shop.person()
    settle()
    shop.person()
    settle()
    untils = {run.begun["until"] for run in runs()}
    let_pass(monkeypatch, days=2)
    decided: list[str] = []
    monkeypatch.setattr(advancing, "decide", lambda arrival: decided.append(arrival.node.kind) or decide(arrival))
    settle()
    assert decided == ["delay", "delay", "tag", "stop"]
    assert [history(run) for run in runs()] == [
        [("delay", "done", "next"), ("tag", "done", "next"), ("stop", "done", None)]
    ] * 3
    steps = list(db.session.scalars(select(WorkflowStep).order_by(WorkflowStep.run_id, WorkflowStep.number)))
    assert [one.number for one in steps] == [1, 2, 3] * 3
    assert {one.note["until"] for one in steps if one.kind == "delay"} == untils and len(untils) == 2
    assert [one.note for one in steps if one.kind == "tag"] == [{"tags": ["Waited"]}] * 3
    counts = db.session.execute(select(WorkflowNodeDay.node_id, WorkflowNodeDay.number).order_by("node_id"))
    assert dict(counts.all()) == {"n0": 3, "n1": 3, "n2": 3, "n3": 3}


def test_runs_that_are_decided_together_keep_their_own_answers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = step("question", content=TEXT, kind="number", name="people", amount=1, unit="weeks")
    waits = step("delay", amount=1, unit="days")
    party = {"name": "party", "tests": [{"source": "answer", "name": "people", "operator": "at_least", "value": "4"}]}
    branch = step("branch", {"party": "5", "-": "x"}, branches=[party])
    tags = {str(shop.account.id): [factory.tag(shop.account, "Party").id]}
    active(shop.account, step("friend_add"), asks, waits, waits, branch, step("tag", tags=tags))
    people = [shop.person() for _ in range(3)]
    settle()
    for person, said in zip(people, ("2", "7", "7"), strict=True):
        shop.say(person, said)
    settle()
    for days in (2, 4):
        let_pass(monkeypatch, days=days)
        settle()
    found = runs()
    assert [run.state for run in found] == ["succeeded"] * 3
    assert [run.answers for run in found] == [{"people": 2}, {"people": 7}, {"people": 7}]
    assert [history(run)[-1] for run in found] == [("branch", "done", "else"), *[("tag", "done", "next")] * 2]


def test_friends_for_whom_the_same_conditions_hold_take_a_branch_together(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    vip, seen = factory.tag(shop.account, "VIP"), factory.tag(shop.account, "Seen")
    condition = {"property": "tag", "operator": "contains_any", "values": [vip.id]}
    known = {str(shop.account.id): {"version": 1, "groups": [{"conditions": [condition]}]}}
    branch = step("branch", {"y": "3", "-": "x"}, branches=[{"name": "y", "label": "Y", "conditions": known}])
    wait = step("delay", amount=1, unit="hours")
    active(shop.account, step("friend_add"), wait, branch, step("tag", tags={str(shop.account.id): [seen.id]}))
    for _ in range(4):
        shop.person()
    settle()
    for run in runs()[:2]:
        db.session.add(FriendTag(friend_id=run.friend_id, tag_id=vip.id))
    db.session.commit()
    let_pass(monkeypatch, days=1)
    decided: list[str] = []
    monkeypatch.setattr(advancing, "decide", lambda arrival: decided.append(arrival.node.kind) or decide(arrival))
    settle()
    assert decided.count("branch") == 2
    assert [history(run)[1] for run in runs()] == [("branch", "done", "y")] * 2 + [("branch", "done", "else")] * 2
