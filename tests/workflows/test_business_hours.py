"""Delays and branches within business hours: the account's own table decides, and one without hours is told of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.db import db
from app.core.i18n import zone
from app.line.business_hours.table import Hours, of_week, write
from app.line.models import BusinessHours
from app.workflows.definition.checks import findings
from app.workflows.definition.graph import Node
from app.workflows.definition.summaries import summaries_of
from app.workflows.queries.drafts import digest_of, draft_of, stamp_of
from app.workflows.queries.workflows import latest_graph
from app.workflows.simulation.playing import GO, PlayedPress, play
from app.workflows.simulation.setups import PlayedSetup
from tests.factories import friends
from tests.factories.workflows import active, chain, draft, says, step
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop, let_pass, runs, said, settle
from tests.workflows.simulation.test_replays import START, replay, says_so

WAIT = step("delay", amount=1, unit="minutes", business_hours=True)


def opens_tomorrow(shop: Shop) -> None:
    """Open all day, and make today a holiday."""
    today = now().astimezone(zone()).date()
    table = of_week({day: [Hours(0, 24 * 60)] for day in range(7)}, holidays=[today])
    db.session.add(BusinessHours(account_id=shop.account.id, week=write(table)))
    db.session.commit()


def test_the_message_waits_until_the_account_opens(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opens_tomorrow(shop)
    active(shop.account, step("message", any=True), WAIT, step("send_message", content=says("Good morning")))
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    midnight = (now().astimezone(zone()) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert (run.state, run.due_at) == ("waiting", midnight) and said(shop) == []
    let_pass(monkeypatch, days=1)
    settle()
    assert said(shop) == [["Good morning"]] and runs()[0].state == "succeeded"


def test_an_account_without_hours_is_a_warning(shop: Shop) -> None:
    graph = chain(shop.account, step("friend_add"), WAIT, step("send_message", content=says("Good morning")))
    (found,) = findings(graph)
    assert found.is_warning and found.problem.field == "business_hours"
    opens_tomorrow(shop)
    assert findings(graph) == []


def branches(hours: str) -> tuple[Node, ...]:
    """A branch that asks for the time, and a message behind each way."""
    ways = [{"name": "b1", "label": "Then", "tests": [], "hours": hours}]
    now_words, else_words = (step("send_message", {"-": "x"}, content=says(one)) for one in ("Then", "Else"))
    return step("message", any=True), step("branch", {"b1": "2", "else": "3"}, branches=ways), now_words, else_words


@pytest.mark.parametrize("hours", ["open", "closed"])
def test_a_branch_asks_whether_the_account_is_open(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch, hours: str
) -> None:
    opens_tomorrow(shop)
    active(shop.account, *branches(hours))
    shop.say(hana, "Hi")
    settle()
    let_pass(monkeypatch, days=1)
    shop.say(hana, "Hi")
    settle()
    assert said(shop) == ([["Else"], ["Then"]] if hours == "open" else [["Then"], ["Else"]])


def test_a_branch_takes_a_holiday_and_an_account_without_hours_as_business_hours_do(shop: Shop) -> None:
    graph = chain(shop.account, *branches("open"))
    (found,) = findings(graph)
    assert found.is_warning and "no business hours" in str(found.problem.message)
    assert str(summaries_of(graph)["n1"]) == "Then: Within business hours / Else"
    opens_tomorrow(shop)
    assert findings(graph) == []


def test_a_test_run_asks_at_its_own_time(shop: Shop) -> None:
    opens_tomorrow(shop)
    graph = chain(shop.account, *branches("open"))
    workflow = draft(graph=graph)
    exits = []
    for days in (0, 1):
        at = (now() + timedelta(days=days)).isoformat()
        setup = PlayedSetup(shop.account.id, "n0", at=at, name="Aoi", told={"text": "Hi"})
        (line,) = play(graph, workflow.id, setup, [PlayedPress("n1", GO)]).lines
        exits.append((str(line.exit), str(line.ways[0].reasons[0].sentence), line.ways[0].reasons[0].holds))
    assert exits == [("Else", "Within business hours", False), ("Then", "Within business hours", True)]


def test_a_replay_asks_at_the_time_of_each_message(shop: Shop) -> None:
    first_day = of_week({START.astimezone(zone()).weekday(): [Hours(0, 24 * 60)]})
    db.session.add(BusinessHours(account_id=shop.account.id, week=write(first_day)))
    friend = friends.friend(shop.account)
    says_so(shop, friend, "go", 1)
    says_so(shop, friend, "go on", 25)
    made = replay(draft(graph=chain(shop.account, *branches("open"))))
    nodes = made.drafted["nodes"]
    assert (nodes["n1|b1|done"], nodes["n1|else|done"]) == (1, 1)


def test_the_form_keeps_the_time_of_a_branch(shop: Shop, as_alice: CheckingClient) -> None:
    workflow = draft(graph=chain(shop.account, *branches("")))
    url = f"/workflows/{workflow.id}/steps/n1"
    assert "Business hours of the account" in as_alice.get(url).text
    stamp, seen = stamp_of(workflow, draft_of(workflow.id)), digest_of(latest_graph(workflow).by_id["n1"])
    sent = {"branches-row": "0", "branches-0-name": "b1", "branches-0-label": "Then", "hours_b1": "closed"}
    as_alice.post(url, data={**sent, "do": "done", "stamp": stamp, "seen": seen})
    assert '<option value="closed" selected>Outside business hours</option>' in as_alice.get(url).text
