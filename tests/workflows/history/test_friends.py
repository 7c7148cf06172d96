"""A friend's runs: on the timeline, and on the card of workflows."""

from __future__ import annotations

from app.core.db import db
from app.friends.queries.timeline import newer_entries, timeline_mark, timeline_page
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
