"""The execution history over HTTP: figures, the list, a run's page, and who may see what of it."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.team.actors import SYSTEM
from app.team.permissions import Permission
from app.workflows.models import Workflow, WorkflowRun
from app.workflows.operations.life import pause
from app.workflows.operations.runs import cancel_run
from app.workflows.queries.verify import problems_of
from tests.conftest import signed_in
from tests.factories import friends as factory
from tests.factories.team import member
from tests.factories.workflows import active, says, step
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop, runs, settle


def url(workflow: Workflow, rest: str = "") -> str:
    return f"/workflows/{workflow.id}/runs{rest}"


def person(shop: Shop, name: str) -> str:
    """A friend of this name."""
    made = shop.line.api("POST", f"/channels/{shop.id}/friends", {"display_name": name})
    shop.act(made["user_id"], "add")
    friend = shop.friend(made["user_id"])
    friend.display_name = name
    db.session.commit()
    return str(made["user_id"])


def question(**more: Any) -> Any:
    return step("question", content=says("Colour?"), name="Colour", kind="text", amount=2, unit="days", **more)


@pytest.fixture
def workflow(shop: Shop) -> Workflow:
    """A workflow that tags, asks and thanks."""
    tags = [factory.tag(shop.account, "New").id]
    return active(
        shop.account,
        step("message", keywords=[{"text": "hi", "match": "equals"}]),
        step("tag", tags={str(shop.account.id): tags}, change="add"),
        question(),
        step("send_message", content=says("Thank you")),
    )


def test_a_workflow_without_runs_says_when_they_come(workflow: Workflow, as_alice: CheckingClient) -> None:
    page = as_alice.get(url(workflow)).text
    assert "No runs yet" in page and "as soon as one of its triggers" in page
    pause(workflow.id, actor=SYSTEM)
    db.session.commit()
    assert "Press Start in the workflow" in as_alice.get(url(workflow)).text


def test_the_history_counts_and_lists_runs(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    hana, taro = person(shop, "Hana"), person(shop, "Taro")
    for one in (hana, taro):
        shop.say(one, "Hi")
    settle()
    shop.say(hana, "Red")
    settle()
    page = as_alice.get(url(workflow)).text
    assert 'aria-current="page"' in page.split("Workflows")[0].rsplit("<a", 1)[1]
    assert "Hana" in page and "Taro" in page and "Waits for the friend’s answer, until" in page
    assert "Drop-off" in page
    figures = as_alice.get(url(workflow, "/figures"), headers={"HX-Request": "true"}).text
    assert question_drop_off(figures) == "0.0%"
    cancel_run(workflow.id, next(run.id for run in runs() if run.state == "waiting"), actor=SYSTEM)
    db.session.commit()
    figures = as_alice.get(url(workflow, "/figures"), headers={"HX-Request": "true"}).text
    assert question_drop_off(figures) == "50.0%"


def question_drop_off(figures: str) -> str:
    """Return the share of those who came to the question and did not go on."""
    row = next(one for one in figures.split("<tr>") if "Colour?" in one)
    return row.split('data-label="Drop-off">')[1].split("<")[0]


def test_runs_are_found_by_friend_state_and_step(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    hana, taro = person(shop, "Hana"), person(shop, "Taro")
    for one in (hana, taro):
        shop.say(one, "Hi")
    settle()
    shop.say(hana, "Red")
    settle()
    waiting = as_alice.get(url(workflow, "?state=waiting")).text
    assert "Taro" in waiting and "Hana" not in waiting
    found = as_alice.get(url(workflow, "?search=han")).text
    assert "Hana" in found and "Taro" not in found
    assert "No runs found" in as_alice.get(url(workflow, "?search=zzzz")).text
    node = as_alice.get(url(workflow, "?node=n2")).text
    assert "Taro" in node and "Hana" not in node and "Runs that stand at this step: 2 · Question" in node


def test_a_paused_workflow_promises_no_time(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    hana = person(shop, "Hana")
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    card = f"/accounts/{run.account_id}/friends/{run.friend_id}/workflows"
    pages = (url(workflow), url(workflow, f"/{run.id}"), card)
    for one in pages:
        assert ", until " in as_alice.get(one, headers={"HX-Request": "true"}).text
    pause(workflow.id, actor=SYSTEM)
    db.session.commit()
    for one in pages:
        shown = as_alice.get(one, headers={"HX-Request": "true"}).text
        assert "stands still until Start is pressed" in shown and ", until " not in shown
    for one in pages[:2]:
        assert "Inactive" in as_alice.get(one).text.split("<main")[1].split("<h2")[0]


def test_a_run_tells_each_step(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    hana = person(shop, "Hana")
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    before = as_alice.get(url(workflow, f"/{run.id}")).text
    assert "Waits for the friend’s answer" in before and "Wrote: Hi" in before and "Tags: New" in before
    shop.say(hana, "Red")
    settle()
    after = as_alice.get(url(workflow, f"/{run.id}")).text
    assert "Answer: Red" in after and "Answered" in after and "Succeeded" in after
    link = f"/{run.id}/messages/"
    sends = sorted({part.split('"')[0] for part in after.split(url(workflow, link))[1:]}, key=int)
    assert len(sends) == 2
    texts = [as_alice.get(url(workflow, link + one)).text for one in sends]
    assert "Colour?" in texts[0] and "Thank you" in texts[1]
    assert as_alice.get(url(workflow, link + "999999")).status_code == 404


def test_a_run_tells_each_time_that_it_asked(shop: Shop, as_alice: CheckingClient) -> None:
    asks = step("question", content=says("How many?"), name="n", kind="number", tries=3, amount=1, unit="days")
    workflow = active(shop.account, step("message", any=True), asks, step("stop"))
    hana = person(shop, "Hana")
    for text in ("Hi", "many", "a few"):
        shop.say(hana, text)
        settle()
    (run,) = runs()
    shown = as_alice.get(url(workflow, f"/{run.id}")).text
    assert shown.count("Asked at") == 1 and shown.count("Asked again at") == 2
    assert "Answer that could not be used: many" in shown and "Answer that could not be used: a few" in shown
    assert len(sends_on(shown, workflow, run)) == 3
    cancel_run(workflow.id, run.id, actor=SYSTEM)
    db.session.commit()
    ended = as_alice.get(url(workflow, f"/{run.id}")).text
    assert ended.count("Asked again at") == 2 and sends_on(ended, workflow, run) == sends_on(shown, workflow, run)
    assert ended.count("Cancelled") == 2 and problems_of(workflow.id) == []
    shop.say(hana, "Hi")
    settle()
    shop.say(hana, "7")
    settle()
    answered = as_alice.get(url(workflow, f"/{runs()[1].id}")).text
    assert answered.count("Asked at") == 1 and "Answer: 7" in answered and "Asked again" not in answered


def sends_on(page: str, workflow: Workflow, run: WorkflowRun) -> set[str]:
    return {part.split('"')[0] for part in page.split(url(workflow, f"/{run.id}/messages/"))[1:]}


def test_a_failed_run_is_tried_again_from_the_failed_step(
    shop: Shop, workflow: Workflow, as_alice: CheckingClient
) -> None:
    shop.say(person(shop, "Hana"), "Hi")
    settle()
    (run,) = runs()
    db.session.execute(
        db.text(
            "UPDATE workflow_runs SET state = 'failed', problem = 'workflows.unexpected',"
            " awaits = NULL, due_at = NULL, begun = '{}', node_id = NULL, ended_at = now()"
        )
    )
    db.session.commit()
    page = as_alice.get(url(workflow, f"/{run.id}")).text
    assert "An unexpected error happened" in page and "Try again from the failed step" in page
    answer = as_alice.post(url(workflow, f"/{run.id}/retry"))
    assert answer.status_code == 200
    (run,) = runs()
    # The question had left no step: it is asked again, and the tag is not put on again.
    assert (run.state, run.node_id, run.steps) == ("running", "n2", 1)
    assert as_alice.post(url(workflow, f"/{run.id}/retry")).status_code == 409


def test_runs_are_cancelled_one_and_all(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    for name in ("Hana", "Taro", "Yuki"):
        shop.say(person(shop, name), "Hi")
    settle()
    first = runs()[0]
    assert "Cancelled" in as_alice.post(url(workflow, f"/{first.id}/cancellation")).text
    assert [run.state for run in runs()] == ["cancelled", "waiting", "waiting"]
    assert "has ended already" in as_alice.post(url(workflow, f"/{first.id}/cancellation")).text
    assert as_alice.post(url(workflow, "/cancellation")).status_code == 303
    assert {run.state for run in runs()} == {"cancelled"}


def test_who_may_not_see_friends_sees_no_one(shop: Shop, workflow: Workflow, app: Any) -> None:
    shop.say(person(shop, "Hana"), "Hi")
    settle()
    (run,) = runs()
    browser = signed_in(app, member("Ben", permissions=[Permission.WORKFLOWS]))
    for page in (url(workflow), url(workflow, "?search=zzz"), url(workflow, f"/{run.id}")):
        shown = browser.get(page).text
        assert "Hana" not in shown and "Wrote" not in shown and "Waits for" in shown
    assert browser.get(url(workflow, f"/{run.id}/messages/1")).status_code == 403


def test_runs_of_other_accounts_are_not_known(shop: Shop, workflow: Workflow, app: Any) -> None:
    shop.say(person(shop, "Hana"), "Hi")
    settle()
    (run,) = runs()
    browser = signed_in(app, member("Ben", permissions=[Permission.WORKFLOWS, Permission.FRIENDS], account_ids=[]))
    assert browser.get(url(workflow)).status_code == 404
    # A version for no account is for all members, its earlier runs are not.
    db.session.execute(db.text("DELETE FROM workflow_accounts"))
    db.session.commit()
    assert "Hana" not in browser.get(url(workflow)).text
    assert browser.get(url(workflow, f"/{run.id}")).status_code == 404
    assert browser.post(url(workflow, f"/{run.id}/cancellation")).status_code == 404


def test_the_export_has_the_listed_runs(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    hana = person(shop, "Hana")
    for one in (hana, person(shop, "Taro")):
        shop.say(one, "Hi")
    settle()
    shop.say(hana, "Red")
    settle()
    text = as_alice.get(url(workflow, "/runs.csv?state=succeeded")).get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    (row,) = rows
    assert (row["Display name"], row["State"], row["Answer: Colour"]) == ("Hana", "Succeeded", "Red")
    assert (row["Trigger"], row["Steps"], row["Version"]) == ("Message received", "3", "1")


def test_the_first_page_is_followed_by_the_next(shop: Shop, workflow: Workflow, as_alice: CheckingClient) -> None:
    shop.say(person(shop, "Hana"), "Hi")
    settle()
    columns = "workflow_id, version_id, account_id, friend_id, state, trigger_node, started_at, ended_at"
    db.session.execute(
        db.text(
            f"INSERT INTO workflow_runs (event_key, {columns}) SELECT 'k' || n, workflow_id, version_id, account_id,"
            " friend_id, 'succeeded', trigger_node, started_at - n * interval '1 minute', now()"
            " FROM workflow_runs, generate_series(1, 60) AS n"
        )
    )
    db.session.commit()
    ids = [one.id for one in db.session.scalars(select(WorkflowRun).order_by(WorkflowRun.started_at.desc()))]
    page = as_alice.get(url(workflow, "?size=25")).text
    after = page.split("after=")[1].split('"')[0].split("&")[0]
    second = as_alice.get(url(workflow, f"?size=25&after={after}")).text
    assert f'id="row-run-{ids[24]}"' in page and f'id="row-run-{ids[25]}"' not in page
    assert f'id="row-run-{ids[25]}"' in second and f'id="row-run-{ids[24]}"' not in second
    assert as_alice.get(url(workflow, "?after=x")).status_code == 422


def test_the_figures_name_steps_in_the_order_of_the_flow(shop: Shop, as_alice: CheckingClient) -> None:
    ways = step("split", {"a": "2", "b": "4", "-": "x"}, parts=[{"name": "a", "share": 50}, {"name": "b", "share": 50}])
    wait = step("delay", {"next": "3"}, amount=1, unit="days")
    sends = step("send_message", {"-": "x"}, content=says("Bye"))
    workflow = active(shop.account, step("message", any=True), ways, wait, sends, step("stop"))
    shop.say(person(shop, "Hana"), "Hi")
    settle()
    page = as_alice.get(url(workflow)).text
    named = re.findall(r"(\d · [^<]+)<", page)
    assert named == ["1 · Split by percentage", "2 · Delay", "3 · Send message", "4 · Stop"]
