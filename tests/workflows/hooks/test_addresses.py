"""Addresses and keys of incoming webhooks in the editor: what is shown, what is missing, and what a copy has."""

from __future__ import annotations

import re

from flask import Flask

from app.core.db import db
from app.workflows.actions.webhooks import SEND_WEBHOOK
from app.workflows.engine.happenings import WEBHOOK_RECEIVED
from app.workflows.models import Workflow
from app.workflows.queries.drafts import digest_of, draft_of, working_graph
from tests.conftest import signed_in
from tests.factories import line
from tests.factories.team import member
from tests.factories.workflows import chain, draft, step
from tests.support.client import CheckingClient

FIELDS = {"friend_by": "line_user_id", "friend_path": "customer.id", "repeat_hours": 24}
WARNING = "No program can call it yet: make its address and key here."


def called_from_outside(*steps: str) -> tuple[Workflow, int]:
    account = line.account()
    graph = chain(account, step(WEBHOOK_RECEIVED, fields=[], **FIELDS), *map(step, steps or ["stop"]))
    return draft("Orders", graph), account.id


def test_a_new_key_stays_until_the_form_is_left(app: Flask, as_alice: CheckingClient) -> None:
    workflow, account_id = called_from_outside()
    page = f"/workflows/{workflow.id}/steps/n0"
    made = as_alice.post(f"/workflows/{workflow.id}/nodes/n0/webhook/{account_id}").text
    found = re.search(rf'name="new-key-{account_id}" value="([^"]+)"', made)
    assert found is not None
    key = found[1]

    def kept(posted: str) -> str:
        db.session.expire_all()
        seen = digest_of(working_graph(workflow, draft_of(workflow.id)).by_id["n0"])
        fields = {**FIELDS, "friend_path": "order.owner", f"new-key-{account_id}": posted}
        return as_alice.post(page, data={"do": "keep", "seen": seen, **fields}).text

    assert f"<code>{key}</code>" in kept(key) and 'value="order.owner"' in kept(key)
    assert "Copy the key now" not in kept("of another hook")
    assert key not in as_alice.get(page).text


def test_what_has_no_address_is_said_in_the_list_and_before_the_start(app: Flask, as_alice: CheckingClient) -> None:
    workflow, account_id = called_from_outside()
    pages = [f"/workflows/{workflow.id}", f"/workflows/{workflow.id}/start"]
    assert all(WARNING in as_alice.get(page).text for page in pages)
    as_alice.post(f"/workflows/{workflow.id}/nodes/n0/webhook/{account_id}")
    assert not any(WARNING in as_alice.get(page).text for page in pages)


def test_a_copy_says_what_it_lacks(app: Flask, as_alice: CheckingClient) -> None:
    workflow, account_id = called_from_outside(SEND_WEBHOOK)
    as_alice.post(f"/workflows/{workflow.id}/nodes/n0/webhook/{account_id}")
    addresses, webhooks = "Its incoming webhooks need addresses", "What its webhooks send, and where, was left out"

    def said(client: CheckingClient) -> str:
        client.post(f"/workflows/{workflow.id}/copy")
        return client.get("/workflows").text

    shown = said(as_alice)
    assert addresses in shown and webhooks not in shown
    assert webhooks in said(signed_in(app, member(permissions=["workflows"])))
