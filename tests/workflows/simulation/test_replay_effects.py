"""Replay: what the workflow itself does wakes its runs and its triggers, and each day of it is today for conditions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.db import db
from app.friends.models import Activity, Friend
from app.team.actors import SYSTEM
from app.workflows.definition.graph import EntryRules, Graph, Node
from app.workflows.operations.life import save_version
from tests.factories import friends as factory
from tests.factories import segments
from tests.factories.workflows import chain, draft, says, step
from tests.workflows.conftest import Shop
from tests.workflows.simulation.test_replays import START, replay, says_so, sends


def on(words: str, exits: dict[str, str] | None = None, **settings: Any) -> Node:
    return step("message", exits, keywords=[{"text": words, "match": "equals"}], **settings)


def waiting_for(shop: Shop, event: str, change: str, tag: int) -> Graph:
    """Two beginnings: one waits for the tag, the other one changes it."""
    tags = {str(shop.account.id): [tag]}
    waits = step("wait_for_event", event=event, tags=tags, amount=1, unit="days")
    sends_then = step("send_message", {"-": ""}, content=says("Thanks"))
    return chain(shop.account, on("wait"), waits, sends_then, on("go"), step("tag", tags=tags, change=change))


@pytest.mark.parametrize(
    ("event", "change", "has_tag", "exit_name"),
    [
        ("tag_added", "add", False, "next"),
        ("tag_added", "add", True, "timeout"),
        ("tag_added", "remove", True, "timeout"),
        ("tag_removed", "remove", True, "next"),
        ("tag_removed", "remove", False, "timeout"),
    ],
)
def test_a_change_of_tags_wakes_a_run_that_waits_for_it(
    shop: Shop, event: str, change: str, has_tag: bool, exit_name: str
) -> None:
    tag = factory.tag(shop.account)
    friend = factory.friend(shop.account, tags=(tag,) if has_tag else ())
    says_so(shop, friend, "wait", 1)
    says_so(shop, friend, "go", 3)
    made = replay(draft(graph=waiting_for(shop, event, change, tag.id)))
    assert made.drafted["nodes"][f"n1|{exit_name}|done"] == 1
    assert sends(made) == ([("n2", "reply", 3.0)] if exit_name == "next" else [])


OWN = {
    "tag_added": (step("tag", change="add"), {}),
    "tag_removed": (step("tag", change="remove"), {}),
    "attribute_changed": (step("attribute", field="company", value="Tea", change="set"), {"field": "company"}),
    "question_answered": (
        step("question", content=says("Colour?"), name="colour", kind="text", amount=1, unit="days"),
        {"match": "equals", "value": "BLUE"},
    ),
    "started_by_workflow": (step("start_workflow"), {}),
}


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize(("rule", "number"), [("every", 2), ("not_while_running", 1)])
def test_what_it_does_starts_it_and_ends_there_as_a_circle(shop: Shop, kind: str, rule: str, number: int) -> None:
    doing, settings = OWN[kind]
    tag = factory.tag(shop.account)
    friend = factory.friend(shop.account, tags=(tag,) if kind == "tag_removed" else (), company="Beans")
    says_so(shop, friend, "go", 1)
    says_so(shop, friend, "Blue", 2)
    workflow = draft()
    tags = {"tags": {str(shop.account.id): [tag.id]}}
    does = replace(doing, settings={**doing.settings, **tags, "workflow": workflow.id})
    graph = chain(shop.account, on("go"), does, step("stop", {"-": ""}), step(kind, {"next": "2"}, **settings, **tags))
    save_version(workflow.id, replace(graph, entry=EntryRules(rule)), seen=workflow.revision, actor=SYSTEM)
    made = replay(workflow)
    assert made.drafted["runs"] == {"started": number, "succeeded": 1, **({"failed": 1} if number > 1 else {})}
    assert made.drafted["nodes"]["n1|next|done"] == 1


def new(shop: Shop) -> dict[str, Any]:
    """The condition that a friend has added the account today or in the two days before."""
    return segments.definition([segments.condition("line.followed_at", "last_days", 2)])


@pytest.mark.parametrize(("hours", "exit_name"), [(30, "b1"), (80, "else")])
def test_conditions_on_dates_take_the_day_of_the_event_for_today(shop: Shop, hours: float, exit_name: str) -> None:
    friend = factory.friend(shop.account, followed_at=START)
    says_so(shop, friend, "go", hours)
    branches = [{"name": "b1", "label": "New", "conditions": {str(shop.account.id): new(shop)}}]
    graph = chain(shop.account, on("go"), step("branch", {"b1": "2", "else": "2"}, branches=branches), step("stop"))
    assert replay(draft(graph=graph)).drafted["nodes"][f"n1|{exit_name}|done"] == 1


def test_conditions_of_triggers_take_the_day_of_the_event_for_today(shop: Shop) -> None:
    friend = factory.friend(shop.account, followed_at=START)
    for hours in (10, 30, 100):
        says_so(shop, friend, "go", hours)
    begins = on("go", conditions={str(shop.account.id): new(shop)})
    assert replay(draft(graph=chain(shop.account, begins, step("stop")))).drafted["runs"]["started"] == 2


def test_friends_of_a_schedule_are_those_of_its_moments(shop: Shop) -> None:
    factory.friend(shop.account, followed_at=START + timedelta(hours=50))
    chosen = {str(shop.account.id): segments.segment(shop.account, definition=new(shop)).id}
    daily = step("schedule", every="day", time="00:00", segments=chosen)
    made = replay(draft(graph=chain(shop.account, daily, step("stop"))))
    assert made.drafted["runs"]["started"] == 3


def changed(shop: Shop, friend: Friend, kind: str, hours: float, source: str, **data: Any) -> None:
    at = START + timedelta(hours=hours)
    about = {"account_id": shop.account.id, "friend_id": friend.id, "kind": kind, "occurred_at": at}
    db.session.add(Activity(**about, data={**data, "source": source}))
    db.session.commit()


@pytest.mark.parametrize("kind", ["tag_added", "tag_removed", "attributes_changed"])
@pytest.mark.parametrize(("source", "number"), [("member", 1), ("import", 1), ("workflow", 0)])
def test_changes_that_others_have_made_start_it(shop: Shop, kind: str, source: str, number: int) -> None:
    tag, friend = factory.tag(shop.account).id, factory.friend(shop.account)
    data = {"changes": {"company": [None, "Tea"]}} if kind == "attributes_changed" else {"tag_id": tag}
    changed(shop, friend, kind, 5, source, **data)
    changed(shop, friend, kind, 24 * 8, source, **data)
    begins = step(
        "attribute_changed" if kind == "attributes_changed" else kind,
        field="company",
        tags={str(shop.account.id): [tag]},
    )
    made = replay(draft(graph=chain(shop.account, begins, step("send_message", content=says("Hi")))))
    assert sends(made) == [("n1", "push", 5.0)] * number


def test_a_tag_that_a_member_has_put_on_wakes_a_run(shop: Shop) -> None:
    tag, friend = factory.tag(shop.account), factory.friend(shop.account)
    says_so(shop, friend, "wait", 1)
    changed(shop, friend, "tag_added", 4, "member", tag_id=tag.id)
    made = replay(draft(graph=waiting_for(shop, "tag_added", "add", tag.id)))
    assert sends(made) == [("n2", "push", 4.0)]
