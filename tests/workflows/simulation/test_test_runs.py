"""Test run: the engine's own decisions step by step, on what was pretended before, and nothing is sent or kept."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.core import clock
from app.core.db import db
from app.core.i18n import today
from app.friends.models import AttributeDefinition
from app.team.actors import SYSTEM
from app.team.permissions import Permission
from app.workflows.definition.graph import Node
from app.workflows.models import Workflow
from app.workflows.operations.life import start
from app.workflows.queries.workflows import latest_graph
from app.workflows.simulation.models import WorkflowTestRun
from app.workflows.simulation.playing import EVENT, FAIL, GO, PASS, PlayedPress, PlayedTest, play
from app.workflows.simulation.setups import PlayedSetup
from tests.conftest import signed_in
from tests.factories import friends as factory
from tests.factories import line
from tests.factories.team import member
from tests.factories.workflows import chain, draft, says, step
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop

HELLO = {"keywords": [{"text": "hi", "match": "equals"}]}


def fits(prop: str, operator: str, *values: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "groups": [{"conditions": [{"property": prop, "operator": operator, "values": list(values)}]}],
    }


def question(**more: Any) -> Node:
    return step("question", {"invalid": "5"}, content=says("How many?"), name="people", kind="number", **more)


@pytest.fixture
def workflow(shop: Shop) -> Workflow:
    """It tags, waits, and greets those whom it has tagged, whatever they were before."""
    account = str(shop.account.id)
    tag = factory.tag(shop.account, "New").id
    branch = {"name": "b1", "label": "Is new", "conditions": {account: fits("tag", "contains_any", tag)}}
    steps = (
        step("message", **HELLO),
        step("tag", tags={account: [tag]}, change="add"),
        step("delay", amount=3, unit="days"),
        step("branch", {"b1": "4"}, branches=[branch]),
        step("send_message", content=says("Hello {{display_name|you}}, you wrote {{trigger.text|}}")),
    )
    return draft(graph=chain(shop.account, *steps))


def tried(shop: Shop, workflow: Workflow, choices: list[PlayedPress], **more: Any) -> PlayedTest:
    """Play a test run of the saved version, as its page does."""
    given = {"name": "Aoi", "told": {"text": "Hi"}, "at": clock.now().isoformat(), **more}
    db.session.commit()
    return play(latest_graph(workflow), workflow.id, PlayedSetup(shop.account.id, "n0", **given), choices)


def test_later_steps_see_what_earlier_ones_would_have_done(shop: Shop, workflow: Workflow) -> None:
    friend = factory.friend(shop.account, display_name="Hana")
    found = tried(shop, workflow, [PlayedPress(f"n{number}", GO) for number in (1, 2, 3, 4)], friend_id=friend.id)
    assert [(line.name.label, line.result) for line in found.lines] == [
        ("1 · Tag", "Done"),
        ("2 · Delay", "Done"),
        ("3 · Conditional branch", "Done"),
        ("4 · Send message", "Done"),
    ]
    (way,) = found.lines[2].ways
    assert way.is_taken and [(one.holds, str(one.value)) for one in way.reasons] == [(True, "New")]
    assert (found.lines[3].at - found.lines[0].at).days == 3
    assert "Hello Hana, you wrote Hi" in str(found.lines[3].phone)
    assert found.standing is None and found.end == "Succeeded" and found.used == 4


def test_an_invented_friend_is_known_to_conditions_and_texts(shop: Shop) -> None:
    account = str(shop.account.id)
    tag = factory.tag(shop.account, "VIP").id
    db.session.add(AttributeDefinition(account_id=shop.account.id, key="age", label="Age", kind="number"))
    branches = [
        {"name": "b1", "label": "Old", "conditions": {account: fits("attributes.age", "at_least", 60)}},
        {"name": "b2", "label": "VIP", "conditions": {account: fits("tag", "contains_any", tag)}},
    ]
    made = draft(
        graph=chain(shop.account, step("friend_add"), step("branch", {"b2": "2"}, branches=branches), step("stop"))
    )
    found = tried(shop, made, [PlayedPress("n1", GO)], tag_ids=(tag,), values={"attributes.age": 20}, told={})
    ways = found.lines[0].ways
    assert [(way.label, way.is_taken) for way in ways] == [("Old", False), ("VIP", True)]
    assert [(one.holds, str(one.value)) for one in ways[0].reasons] == [(False, "20")]
    assert found.standing is not None and found.standing.node.id == "n2"


def test_a_branch_says_whom_it_leaves_out(shop: Shop) -> None:
    account, tag = str(shop.account.id), factory.tag(shop.account, "VIP").id
    wanted, left_out = fits("line.display_name", "known"), fits("tag", "contains_any", tag)["groups"]
    conditions = {"version": 2, "groups": [*wanted["groups"], {**left_out[0], "excludes": True}]}
    branch = {"name": "b1", "label": "Plain", "conditions": {account: conditions}}
    made = draft(graph=chain(shop.account, step("friend_add"), step("branch", branches=[branch]), step("stop")))
    for tags, is_taken in (((tag,), False), ((), True)):
        found = tried(shop, made, [PlayedPress("n1", GO)], tag_ids=tags, told={})
        (way,) = found.lines[0].ways
        assert (way.is_taken, [(str(one.sentence), one.holds) for one in way.reasons]) == (
            is_taken,
            [("Display name is known", True), ("but not: Tag contains VIP", is_taken)],
        )


def test_dates_are_looked_at_as_of_the_time_of_the_test(shop: Shop) -> None:
    account = str(shop.account.id)
    db.session.add(AttributeDefinition(account_id=shop.account.id, key="bought", label="Bought", kind="date"))
    recent = {"name": "b1", "label": "Recent", "conditions": {account: fits("attributes.bought", "last_days", 7)}}
    wait = step("delay", amount=10, unit="days")
    branches = step("branch", {"b1": "4", "else": "4"}, branches=[recent])
    graph = chain(
        shop.account,
        step("message", **HELLO),
        step("branch", {"b1": "2", "else": "2"}, branches=[recent]),
        wait,
        branches,
        step("stop"),
    )
    played = tried(
        shop,
        draft(graph=graph),
        [PlayedPress("n1", GO), PlayedPress("n2", GO), PlayedPress("n3", GO)],
        values={"attributes.bought": today().isoformat()},
    )
    assert [line.exit for line in played.lines] == ["Recent", "", "Else"]


def test_no_workflow_is_named_that_the_member_may_not_know(app: Flask, shop: Shop) -> None:
    graph = chain(line.account(), step("started_by_workflow"), step("stop"))
    hidden = draft("Secret sale", replace(graph, account_ids=(*graph.account_ids, shop.account.id)))
    start(hidden.id, actor=SYSTEM)
    account = str(shop.account.id)
    branch = {"name": "b1", "label": "In it", "conditions": {account: fits("workflow.in", "contains_any", hidden.id)}}
    steps = (
        step("friend_add"),
        step("branch", {"else": "2"}, branches=[branch]),
        step("start_workflow", workflow=hidden.id),
    )
    workflow = draft(graph=chain(shop.account, *steps))
    bob = signed_in(app, member("Bob", permissions=(Permission.WORKFLOWS,), account_ids=[shop.account.id]))
    url = f"/workflows/{workflow.id}/test"
    bob.post(url, data={"account": shop.account.id, "trigger": "n0", "who": "invented"})
    for number, node in enumerate(("n1", "n2")):
        shown = bob.post(
            f"{url}/presses", data={"do": "go", "step": number, "node": node}, headers={"HX-Request": "true"}
        )
    assert "A workflow of accounts that you do not see" in shown.text and "Secret sale" not in shown.text
    assert "Started: A workflow" in shown.text.replace("\u2068", "")


def test_questions_are_answered_in_place(shop: Shop) -> None:
    steps = (
        step("message", any=True),
        question(tries=2, amount=1, unit="days"),
        step("attribute", {"-": ""}, field="company", change="answer", answer="people"),
    )
    made = draft(graph=chain(shop.account, *steps))
    asked = [PlayedPress("n1", GO)]
    found = tried(shop, made, asked)
    assert found.standing is not None and found.standing.takes_text and "answer" in str(found.standing.waits)
    assert "How many?" in str(found.lines[0].phone)
    again = tried(shop, made, [*asked, PlayedPress("n1", EVENT, "many")])
    assert [line.said for line in again.lines] == ["", "many"] and again.standing is not None
    wrong = tried(shop, made, [*asked, PlayedPress("n1", EVENT, "many"), PlayedPress("n1", EVENT, "lots")])
    assert wrong.lines[-1].exit == "No valid answer" and wrong.end == "Succeeded"
    late = tried(shop, made, [*asked, PlayedPress("n1", PASS)])
    assert late.lines[-1].exit == "No answer in time"
    right = tried(shop, made, [*asked, PlayedPress("n1", EVENT, "12"), PlayedPress("n2", GO)])
    assert right.answers == {"people": 12} and "12" in str(right.lines[-1].sentences)


def test_buttons_of_the_message_are_tapped(shop: Shop, as_alice: CheckingClient) -> None:
    choices = [{"label": "Tea", "value": "t"}, {"label": "Coffee", "value": "c"}]
    about = {"name": "drink", "kind": "choices", "choices": choices, "amount": 1, "unit": "days"}
    asks = step("question", content=says("Which?"), **about)
    made = draft(graph=chain(shop.account, step("friend_add"), asks, step("stop")))
    url, fragment = f"/workflows/{made.id}/test", {"HX-Request": "true"}
    as_alice.post(url, data={"account": shop.account.id, "trigger": "n0", "who": "invented"})
    asked = as_alice.post(f"{url}/presses", data={"do": "go", "node": "n1", "step": 0}, headers=fragment).text
    taps = [unescape(one) for one in re.findall(r'form="test-press" name="tap" value="([^"]*)"', asked)]
    assert [json.loads(one) for one in taps] == [{"text": "Tea", "data": None}, {"text": "Coffee", "data": None}]
    assert "Or tap a button of the message above" in asked
    tapped = as_alice.post(f"{url}/presses", data={"tap": taps[1], "node": "n1", "step": 1}, headers=fragment).text
    assert "The friend writes: Coffee" in tapped and 'name="tap"' not in tapped
    # A postback answers with its data, and what is no button's is an empty answer.
    press = [PlayedPress("n1", GO), PlayedPress("n1", EVENT, "Coffee, please", "c")]
    found = tried(shop, made, press)
    assert found.answers == {"drink": "c"} and found.lines[-1].is_tapped and found.lines[-1].said == "Coffee, please"
    odd = as_alice.post(f"{url}/presses", data={"tap": "[", "node": "n1", "step": 1}, headers=fragment)
    assert odd.status_code == 200 and "Please answer with a text." in odd.text


def test_a_day_is_chosen_in_the_calendar_of_a_button(shop: Shop, as_alice: CheckingClient) -> None:
    asks = step("question", content=says("Which day?"), name="day", kind="date", amount=1, unit="days")
    made = draft(graph=chain(shop.account, step("friend_add"), asks, step("stop")))
    url, fragment = f"/workflows/{made.id}/test", {"HX-Request": "true"}
    as_alice.post(url, data={"account": shop.account.id, "trigger": "n0", "who": "invented"})
    asked = as_alice.post(f"{url}/presses", data={"do": "go", "node": "n1", "step": 0}, headers=fragment).text
    assert '<label for="test-moment-0" class="phone-reply"' in asked and 'type="date" id="test-moment-0"' in asked
    tap = unescape(re.findall(r'name="tap" value="([^"]*)" id="test-moment-0-send"', asked)[0])
    press = {"tap": tap, "node": "n1", "step": 1}
    left = as_alice.post(f"{url}/presses", data={**press, "test-moment-0": ""}, headers=fragment)
    assert left.status_code == 422 and "Choose a day first." in left.text
    chosen = as_alice.post(f"{url}/presses", data={**press, "test-moment-0": "2026-12-24"}, headers=fragment).text
    assert "The friend chooses: Dec 24, 2026" in chosen and "Answered" in chosen
    found = tried(shop, made, [PlayedPress("n1", GO), PlayedPress("n1", EVENT, "Day", "d", {"date": "2026-12-24"})])
    assert found.answers == {"day": "2026-12-24"} and found.lines[-1].is_chosen


@pytest.mark.parametrize(
    ("mode", "chosen", "words"),
    [
        ("date", "2026-12-24", "Dec 24, 2026"),
        ("time", "10:30", "10:30"),
        ("datetime", "2026-12-24T10:30", "Dec 24, 2026 10:30"),
    ],
)
def test_chosen_moments_are_said(app: Flask, mode: str, chosen: str, words: str) -> None:
    with app.test_request_context():
        assert PlayedPress("n1", EVENT, "When", "d", {mode: chosen}).said == words


def test_a_step_can_be_let_fail(shop: Shop, workflow: Workflow) -> None:
    found = tried(shop, workflow, [PlayedPress("n1", FAIL)])
    assert found.lines[0].result == "Failed" and found.end == "Failed"


def test_presses_that_do_not_fit_any_more_are_left_out(shop: Shop, workflow: Workflow) -> None:
    assert tried(shop, workflow, [PlayedPress("n1", GO), PlayedPress("n9", GO), PlayedPress("n2", GO)]).used == 1
    assert tried(shop, workflow, [PlayedPress("n1", PASS)]).used == 0


def test_what_the_trigger_does_not_want_starts_nothing(shop: Shop, workflow: Workflow) -> None:
    found = tried(shop, workflow, [], told={"text": "Good evening"})
    assert "does not respond" in str(found.refusal) and found.standing is None


@pytest.mark.parametrize(
    ("kind", "settings", "told"),
    [
        ("postback", {"match": "equals", "value": "a=1"}, {"data": "a=1"}),
        ("video_watched", {"tracking_id": "v"}, {"tracking_id": "v"}),
        ("rich_menu_switched", {"alias": "second"}, {}),
        ("attribute_changed", {"field": "company"}, {}),
        (
            "link_clicked",
            {"of": "address", "match": "equals", "address": "https://a.example/"},
            {"url": "https://a.example/"},
        ),
        ("question_answered", {"match": "equals", "value": "blue"}, {"name": "Colour", "answer": "Blue"}),
        ("started_by_workflow", {}, {}),
        ("webhook_received", {"fields": [{"name": "total", "path": "total"}]}, {"total": "3"}),
        ("schedule", {}, {}),
        ("date_reached", {}, {}),
        ("block", {}, {}),
    ],
)
def test_each_kind_of_trigger_can_be_tried(
    shop: Shop, kind: str, settings: dict[str, Any], told: dict[str, str]
) -> None:
    made = draft(graph=chain(shop.account, step(kind, **settings), step("stop")))
    found = tried(shop, made, [PlayedPress("n1", GO)], told=told)
    assert (found.refusal, found.end) == ("", "Succeeded")


def state_of_database() -> dict[str, Any]:
    """The rows of every table but that of test runs, as one digest each."""
    db.session.rollback()
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'workflow_test_runs'"
    names = db.session.scalars(text(query + " ORDER BY 1")).all()
    digest = "SELECT count(*) || ':' || coalesce(md5(string_agg(one::text, '|' ORDER BY one::text)), '') FROM {} AS one"
    return {name: db.session.scalar(text(digest.format(name))) for name in names}


def test_nothing_is_sent_and_no_row_changes(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    friend = factory.friend(shop.account)
    url = f"/workflows/{workflow.id}/test"
    as_alice.get(url)
    calls, before = len(shop.log()), state_of_database()
    sent = {"account": shop.account.id, "trigger": "n0", "told-n0-text": "Hi", "who": "friend", "friend": friend.id}
    assert as_alice.post(url, data=sent).status_code == 303
    for number in range(4):
        pressed = {"do": "go", "node": f"n{number + 1}", "step": number}
        page = as_alice.post(f"{url}/presses", data=pressed, headers={"HX-Request": "true"})
        assert page.status_code == 200
    assert "you wrote Hi" in page.text and "The run ends here." in page.text
    after = state_of_database()
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"sessions", "members", "member_sessions"} and len(shop.log()) == calls
    (kept,) = db.session.scalars(db.select(WorkflowTestRun))
    assert [one["node"] for one in kept.choices] == ["n1", "n2", "n3", "n4"]
    assert "you wrote Hi" in as_alice.get(url).text
    back = as_alice.post(f"{url}/presses", data={"do": "back", "step": 4}, headers={"HX-Request": "true"}).text
    assert "you wrote Hi" not in back and 'value="3"' in back
    assert (
        "Do this step" in as_alice.post(f"{url}/presses", data={"do": "restart"}, headers={"HX-Request": "true"}).text
    )
    as_alice.post(f"{url}/end")
    assert "Start the test run" in as_alice.get(url).text


def test_the_form_says_what_is_missing(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    db.session.add(AttributeDefinition(account_id=shop.account.id, key="age", label="Age", kind="number"))
    db.session.commit()
    url = f"/workflows/{workflow.id}/test"
    answer = as_alice.post(url, data={"account": shop.account.id, "who": "friend"})
    assert answer.status_code == 422 and "Choose a friend." in answer.text and "Choose what happens." in answer.text
    sent = {"account": shop.account.id, "trigger": "n0", "who": "invented", "value-attributes.age": "old"}
    answer = as_alice.post(url, data=sent)
    assert answer.status_code == 422 and re.search(r'value="old"', answer.text)


def test_friends_are_found_by_name(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    for name in ("Hana", "Ken"):
        factory.friend(shop.account, display_name=name)
    url = f"/workflows/{workflow.id}/test/friends?account={shop.account.id}&search=hana"
    found = as_alice.get(url, headers={"HX-Request": "true"}).text
    assert "Hana" in found and "Ken" not in found
    assert "Start the test run" in as_alice.get(url).text


def test_who_may_test(app: Flask, shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    friend = factory.friend(shop.account, display_name="Hana")
    url = f"/workflows/{workflow.id}/test"
    bob = signed_in(app, member("Bob", permissions=(Permission.WORKFLOWS,), account_ids=[shop.account.id]))
    assert "Hana" not in bob.get(url).text
    sent = {"account": shop.account.id, "trigger": "n0", "who": "friend", "friend": friend.id}
    assert bob.post(url, data=sent).status_code == 422
    assert bob.get(f"{url}/friends").status_code == 403
    assert signed_in(app, member("Cleo", permissions=(Permission.FRIENDS,))).get(url).status_code == 403
    assert as_alice.get("/workflows/999999/test").status_code == 404
