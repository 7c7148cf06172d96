"""Send a test: a webhook step is posted once for a chosen friend, by members who may export friends, within limits."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.db import db
from app.core.error_messages import sentence
from app.core.outgoing.networks import allowed
from app.core.outgoing.posting import NOT_ALLOWED
from app.team.actors import SYSTEM
from app.team.models import AuditEntry
from app.workflows.models import Workflow
from app.workflows.operations import drafts
from app.workflows.queries.drafts import digest_of, working_graph
from tests.conftest import signed_in
from tests.factories import friends, line
from tests.factories.team import member
from tests.factories.workflows import chain, draft, says, step
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop, runs
from tests.workflows.test_webhooks import Crm, crm, tells

__all__ = ["crm"]
MAY = ["workflows", "export", "friends"]


@pytest.fixture
def client(app: Flask) -> CheckingClient:
    return signed_in(app, member(permissions=MAY))


@pytest.fixture
def workflow(shop: Shop, hana: str, crm: Crm) -> Workflow:
    shop.friend(hana).display_name = "Hana"
    asks = step("question", content=says("How many?"), kind="number", name="people", amount=1, unit="days")
    fields = [{"name": "guests", "value": "{{answer.people|0}} for {{display_name|?}}"}]
    results = [{"name": "points", "path": "member.points"}]
    webhook = tells(crm, fields=fields, results=results, status="crm")
    return draft("Booking", chain(shop.account, step("message", any=True), asks, webhook))


def page_of(workflow: Workflow) -> str:
    return f"/workflows/{workflow.id}/steps/n2/test"


def send(client: CheckingClient, workflow: Workflow, friend_id: object) -> TestResponse:
    return client.post(page_of(workflow), data={"friend": friend_id})


def test_it_sends_a_sample_of_the_friend_and_shows_the_answer(
    client: CheckingClient, workflow: Workflow, shop: Shop, hana: str, crm: Crm
) -> None:
    crm.answer = json.dumps({"member": {"points": 7}}).encode()
    friend_id = shop.friend(hana).id
    assert f'value="{friend_id}" >Hana' in client.get(f"{page_of(workflow)}?search=han").text
    shown = send(client, workflow, friend_id).text
    (body,) = crm.bodies
    assert body["test"] is True and "run" not in body and body["friend"]["line_user_id"] == hana
    assert body["fields"] == {"guests": "sample for Hana"} and body["answers"]["people"] == "sample"
    assert body["trigger"]["text"] == "sample" and crm.told[0][0]["webhook-id"].startswith("test:")
    assert "taken it" in shown and "&#34;points&#34;: 7" in shown
    assert re.findall(r"<dt>(\w+)</dt><dd><bdi>([^<]+)", shown) == [("points", "7"), ("crm", "200")]
    assert runs() == []
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert "workflow.webhook_tested" in actions


def test_what_went_wrong_is_said(client: CheckingClient, workflow: Workflow, shop: Shop, hana: str, crm: Crm) -> None:
    friend_id = shop.friend(hana).id
    crm.status, crm.answer = "503 Busy", b"later"
    shown = send(client, workflow, friend_id).text
    assert "refused it" in shown and "503" in shown and "later" in shown and len(crm.told) == 1
    answer = send(client, workflow, "")
    assert answer.status_code == 422 and "Choose a friend whose data is sent." in answer.text
    elsewhere = friends.friend(line.account())
    assert send(client, workflow, elsewhere.id).status_code == 404


def test_private_networks_are_refused_as_ever(
    client: CheckingClient, workflow: Workflow, shop: Shop, hana: str, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    friend_id = shop.friend(hana).id
    monkeypatch.setattr(allowed, "networks", ())
    # An address without https is not even complete then.
    assert "Not sent: something is missing in the step." in send(client, workflow, friend_id).text
    settings = {**tells(crm).settings, "url": crm.origin.replace("http:", "https:")}
    private = draft("Private", chain(shop.account, step("message", any=True), step("stop"), step("send_webhook")))

    seen = digest_of(working_graph(private, None).by_id["n2"])
    drafts.change_settings(private.id, "n2", settings, seen=seen, actor=SYSTEM)
    db.session.commit()
    assert escape(sentence(NOT_ALLOWED)) in send(client, private, friend_id).text
    assert crm.told == []


@pytest.mark.parametrize("lacking", MAY)
def test_each_permission_is_needed(
    app: Flask, workflow: Workflow, shop: Shop, hana: str, crm: Crm, lacking: str
) -> None:
    friend_id = shop.friend(hana).id
    limited = signed_in(app, member(permissions=[one for one in MAY if one != lacking]))
    assert limited.get(page_of(workflow)).status_code == 403
    assert send(limited, workflow, friend_id).status_code == 403 and crm.told == []


def test_tests_are_limited(client: CheckingClient, workflow: Workflow, shop: Shop, hana: str, crm: Crm) -> None:
    friend_id = shop.friend(hana).id
    answers = [send(client, workflow, friend_id).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429] and len(crm.told) == 30
