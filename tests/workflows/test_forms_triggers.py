"""Forms of triggers: links, answers, schedules, dates, incoming webhooks."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.friends.models import AttributeDefinition, AttributeKind
from app.line.models import Account
from app.team.actors import SYSTEM
from app.workflows.definition.graph import Graph, Node
from app.workflows.hooks.models import WorkflowHook, WorkflowHookCall
from app.workflows.models import Workflow
from app.workflows.operations import life
from app.workflows.operations.life import create_workflow
from app.workflows.queries.drafts import digest_of, draft_of, working_graph
from tests.conftest import signed_in
from tests.factories import auto_messages, broadcasts, line, segments, team
from tests.factories.workflows import active, chain, says, step
from tests.support.client import CheckingClient

CLOCK = {"time": "18:00", "zone": "", "late": "send"}


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


def made(account: Account, kind: str, **settings: Any) -> Workflow:
    workflow = create_workflow(kind, graph=chain(account, step(kind, **settings), step("stop")), actor=SYSTEM)
    db.session.commit()
    return workflow


def settings_of(workflow: Workflow) -> dict[str, Any]:
    db.session.expire_all()
    return dict(working_graph(workflow, draft_of(workflow.id)).by_id["n0"].settings)


def post(client: CheckingClient, workflow: Workflow, do: str = "done", **fields: Any) -> Any:
    db.session.expire_all()
    seen = digest_of(working_graph(workflow, draft_of(workflow.id)).by_id["n0"])
    return client.post(f"/workflows/{workflow.id}/steps/n0", data={"do": do, "seen": seen, **fields})


def page(client: CheckingClient, workflow: Workflow) -> str:
    return str(client.get(f"/workflows/{workflow.id}/steps/n0").text)


def test_a_schedule_is_for_a_segment_at_a_time(account: Account, as_alice: CheckingClient) -> None:
    workflow, segment = made(account, "schedule"), segments.segment(account, "Regulars")
    shown = page(as_alice, workflow)
    assert "Regulars" in shown and "All friends" in shown
    name = f"segments-{account.id}"
    assert "Choose at least one day of the week." in post(as_alice, workflow, every="week", **CLOCK).text
    fields = {name: segment.id, "every": "week", "weekday-0": "1", "weekday-4": "1", **CLOCK, "zone": "europe/berlin"}
    assert post(as_alice, workflow, **{**fields, "late": "ask", "late_hours": "5"}).status_code == 303
    assert settings_of(workflow) == {
        "every": "week",
        "segments": {str(account.id): segment.id},
        "weekdays": [0, 4],
        "time": "18:00",
        "zone": "Europe/Berlin",
        "late": {"policy": "ask", "hours": 5},
    }
    refused = post(as_alice, workflow, **{name: "all", "every": "month", "day": "x", **CLOCK, "zone": "Mars"}).text
    assert "Enter a day of the month" in refused and "Choose a time zone" in refused and 'value="x"' in refused
    once = post(as_alice, workflow, **{name: "all", "every": "once", "date": "2020-01-01", **CLOCK}).text
    assert "This time has passed." in once


def test_a_date_of_friends(account: Account, as_alice: CheckingClient) -> None:
    nowhere = create_workflow("Nowhere", graph=Graph((), (Node("n0", "date_reached"),)), actor=SYSTEM)
    workflow = made(account, "date_reached")
    assert "There is no attribute for dates yet." not in page(as_alice, nowhere)
    shown = page(as_alice, workflow)
    assert "There is no attribute for dates yet." in shown and f'href="/accounts/{account.id}/attributes"' in shown
    for key, kind in (("birthday", AttributeKind.DATE), ("size", AttributeKind.TEXT)):
        db.session.add(AttributeDefinition(account_id=account.id, key=key, label=key.title(), kind=kind))
    db.session.commit()
    shown = page(as_alice, workflow)
    assert "Birthday" in shown and "Size" not in shown
    fields = {"field": "attributes.birthday", "around": "before", "yearly": "yes", **CLOCK}
    assert "Enter a whole number of days" in post(as_alice, workflow, days="0", **fields).text
    assert post(as_alice, workflow, days="7", **fields).status_code == 303
    assert settings_of(workflow)["days"] == 7 and settings_of(workflow)["yearly"] is True


def test_links_of_what_was_sent(account: Account, as_alice: CheckingClient) -> None:
    workflow, place = made(account, "link_clicked", of="any"), str(account.id)
    message = auto_messages.auto_message(account, "Menu of the day")
    broadcast, name = broadcasts.sent_broadcast(account, [], "Spring sale"), f"broadcasts-{account.id}"
    assert "Spring sale" in post(as_alice, workflow, "keep", of="broadcast").text
    assert post(as_alice, workflow, of="broadcast", **{name: broadcast.id}).status_code == 303
    assert settings_of(workflow) == {"of": "broadcast", "broadcasts": {place: [broadcast.id]}}
    assert "Menu of the day" in post(as_alice, workflow, "keep", of="auto_message").text
    assert "Choose the Auto Send Message." in post(as_alice, workflow, of="auto_message").text
    assert post(as_alice, workflow, of="auto_message", **{f"messages-{place}": message.id}).status_code == 303
    assert "Enter an address" in post(as_alice, workflow, of="address", match="equals", address="shop").text
    greets = step("send_message", content=says("Hello"))
    other = create_workflow("Greets", graph=chain(account, step("message", any=True), greets), actor=SYSTEM)
    db.session.commit()
    assert "All its messages" in post(as_alice, workflow, "keep", of="workflow", from_workflow=other.id).text
    assert post(as_alice, workflow, of="workflow", from_workflow=other.id).status_code == 303
    assert settings_of(workflow) == {"of": "workflow", "from_workflow": other.id, "from_node": ""}


def test_workflows_of_other_accounts_are_not_offered(account: Account, app: Flask, as_alice: CheckingClient) -> None:
    asks, workflow = step("question", content=says("Colour?")), made(account, "question_answered")
    hidden = create_workflow("Hidden", graph=chain(line.account(), step("friend_add"), asks), actor=SYSTEM)
    db.session.commit()
    assert f'value="{hidden.id}"' in page(as_alice, workflow)
    member = team.member(permissions=["workflows"], account_ids=[account.id])
    assert f'value="{hidden.id}"' not in page(signed_in(app, member), workflow)


def test_pickers_offer_what_can_be_used_and_tell_equal_names_apart(account: Account, as_alice: CheckingClient) -> None:
    other = line.account(name="Second")
    both = replace(chain(account, step("started_by_workflow"), step("stop")), account_ids=(account.id, other.id))
    starts = chain(account, step("friend_add"), step("start_workflow"))
    workflow = create_workflow("Welcome", graph=starts, actor=SYSTEM)
    create_workflow("Silent", graph=chain(account, step("friend_add"), step("stop")), actor=SYSTEM)
    create_workflow("Elsewhere", graph=chain(line.account(), step("started_by_workflow"), step("stop")), actor=SYSTEM)
    same = [
        create_workflow("Thanks", graph=graph, actor=SYSTEM)
        for graph in (both, replace(both, account_ids=(account.id,)))
    ]
    life.start(same[0].id, actor=SYSTEM)
    active(account, step("started_by_workflow"), step("stop"), name="Only one")
    db.session.commit()
    shown = as_alice.get(f"/workflows/{workflow.id}/steps/n1").text
    offered = re.findall(r'<option value="[0-9]+"[^>]*>(.*?)</option>', shown)
    assert offered == ["Only one", f"Thanks ({account.name} · Second)", f"Thanks (Draft · {account.name})"]
    asking = made(account, "question_answered")
    assert "No other workflow asks a question yet." in page(as_alice, asking)
    asks = step("question", content=says("Colour?"))
    own = create_workflow("Own", graph=chain(account, step("question_answered"), asks), actor=SYSTEM)
    assert f'value="{own.id}"' in page(as_alice, asking) and f'value="{own.id}"' not in page(as_alice, own)


def test_a_question_and_its_answer(account: Account, as_alice: CheckingClient) -> None:
    asks = step("question", content=says("How many people?"), kind="number", name="people", amount=1, unit="days")
    book = create_workflow("Book", graph=chain(account, step("message", any=True), asks), actor=SYSTEM)
    workflow = made(account, "question_answered")
    assert post(as_alice, workflow, match="any", from_workflow="").status_code == 303
    shown = post(as_alice, workflow, "keep", match="at_least", from_workflow=book.id, value="").text
    assert "How many people?" in shown
    chosen = {"match": "at_least", "from_workflow": book.id, "step-of": book.id, "from_node": "n1"}
    assert "Enter the answer." in post(as_alice, workflow, **chosen).text
    assert post(as_alice, workflow, value="10", **chosen).status_code == 303
    assert settings_of(workflow)["from_node"] == "n1"


def test_an_incoming_webhook_shows_its_key_once(account: Account, as_alice: CheckingClient) -> None:
    workflow = made(account, "webhook_received")
    assert "There is no address yet." in page(as_alice, workflow)
    made_now = as_alice.post(f"/workflows/{workflow.id}/nodes/n0/webhook/{account.id}").text
    db.session.expire_all()
    hook = db.session.scalars(select(WorkflowHook)).one()
    assert hook.secret in made_now and hook.code in made_now
    db.session.add(WorkflowHookCall(hook_id=hook.id, status=401, reason="wrong_secret", repeat_key="x", bytes=1))
    db.session.commit()
    shown = page(as_alice, workflow)
    assert hook.code in shown and hook.secret not in shown and "The key is missing or wrong" in shown
    assert "Enter where the ID stands" in post(as_alice, workflow, friend_by="link_id", repeat_hours="24").text
    fields = {"fields-row": "0", "fields-0-name": "total", "fields-0-path": "order.total"}
    filled = {"friend_by": "link_id", "friend_path": "customer.id", "repeat_hours": "24", **fields}
    assert post(as_alice, workflow, **filled).status_code == 303
    assert settings_of(workflow)["fields"] == [{"name": "total", "path": "order.total"}]
    assert as_alice.post(f"/workflows/{workflow.id}/nodes/n0/webhook/999999").status_code == 404
