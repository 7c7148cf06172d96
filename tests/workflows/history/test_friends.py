"""A friend's runs: on the timeline, and on the card of workflows."""

from __future__ import annotations

from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.friends.operations.activity import record_activity
from app.friends.queries.timeline import newer_entries, timeline_mark, timeline_page
from app.messages.tracking.operations.judging import CLICKED
from app.workflows.history.timeline import source_of
from app.workflows.models import WorkflowAccount
from app.workflows.queries.choices import HIDDEN
from tests.conftest import signed_in
from tests.factories import line
from tests.factories.team import member
from tests.factories.workflows import active, says, step
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop, runs, settle


def test_a_run_stands_on_the_timeline_and_leads_to_its_page(shop: Shop, hana: str, as_alice: CheckingClient) -> None:
    friend = shop.friend(hana)
    mark = timeline_mark(friend.id, [])
    made = active(shop.account, step("message", any=True), step("stop"), name="Greeting")
    for words in ("Hi", "Hi again"):
        shop.say(hana, words)
        settle()
    entries = [one for one in timeline_page(friend.id).rows if one.source == "workflow_runs"]
    assert [one.number for one in entries] == [run.id for run in reversed(runs())]
    assert entries[0].line.detail == "Greeting · Succeeded"
    assert [one.number for one in newer_entries(friend.id, mark) if one.source == "workflow_runs"] == [
        one.number for one in entries
    ]
    page = as_alice.get(f"/accounts/{shop.account.id}/friends/{friend.id}").text
    assert f'href="/workflows/{made.id}/runs/{entries[0].number}"' in page


def test_workflows_of_other_accounts_as_well_are_neither_named_nor_linked(app: Flask, shop: Shop, hana: str) -> None:
    friend, other = shop.friend(hana), line.account()
    made = active(shop.account, step("message", any=True), step("stop"), name="Greeting")
    shop.say(hana, "Hi")
    settle()
    cause = {"cause": {"kind": "workflow", "id": f"{made.id}:n1"}, "url": "https://shop.example/"}
    record_activity(friend, CLICKED, now(), cause)
    db.session.commit()
    links = (f'href="/workflows/{made.id}/runs/', f'href="/workflows/{made.id}"')
    limited = member(permissions=["friends", "workflows"], account_ids=[shop.account.id])
    client, place = signed_in(app, limited), f"/accounts/{shop.account.id}/friends/{friend.id}"
    assert all(one in client.get(place).text for one in links)
    db.session.add(WorkflowAccount(workflow_id=made.id, account_id=other.id))
    db.session.commit()
    shown = client.get(place).text
    assert shown.count(str(HIDDEN)) == 2 and "Greeting" not in shown and not any(one in shown for one in links)
    assert source_of("0:n1") is None and source_of("demo") is None


def test_the_card_shows_where_the_friend_is_now(shop: Shop, hana: str, as_alice: CheckingClient) -> None:
    friend = shop.friend(hana)
    card = f"/accounts/{shop.account.id}/friends/{friend.id}/workflows"
    assert "in no workflow now" in as_alice.get(card).text
    active(shop.account, step("message", any=True), step("delay", amount=3, unit="days"), name="Coupon")
    active(shop.account, step("message", any=True), step("send_message", content=says("Hello")), name="Over at once")
    shop.say(hana, "Hi")
    settle()
    shown = as_alice.get(card).text
    assert "Coupon" in shown and "Waits until" in shown and "Over at once" not in shown
    db.session.rollback()
    assert card in as_alice.get(f"/accounts/{shop.account.id}/friends/{friend.id}").text
