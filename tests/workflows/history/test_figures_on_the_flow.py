"""Figures of the last days on the steps of the editor, each of which opens its runs."""

from __future__ import annotations

import re

from app.core.db import db
from app.team.actors import SYSTEM
from app.workflows.operations.drafts import add_action
from app.workflows.operations.life import save_version, start
from app.workflows.operations.runs import cancel_run
from app.workflows.queries.drafts import draft_of, stamp_of
from tests.factories import friends as factory
from tests.factories.workflows import active, chain, says, step
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop, runs, settle


def card(page: str, node_id: str) -> str:
    """The figures on a step, as text."""
    found = re.search(rf'id="node-{node_id}".*?</article>', page, re.DOTALL)
    assert found
    figures = re.search(r'<p class="flow-figures">(.*?)</p>', found[0], re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", figures[1]).split()) if figures else ""


def test_steps_show_who_came_waits_and_was_lost_and_each_opens_its_runs(shop: Shop, as_alice: CheckingClient) -> None:
    tag = factory.tag(shop.account, "New")
    question = step(
        *("question", {"next": "3"}), content=says("Colour?"), name="Colour", kind="text", amount=2, unit="days"
    )
    workflow = active(
        shop.account,
        step("message", keywords=[{"text": "hi", "match": "equals"}]),
        step("tag", tags={str(shop.account.id): [tag.id]}),
        question,
        step("send_message", content=says("Thank you")),
    )
    people = [added(shop) for _ in range(3)]
    for one in people:
        shop.say(one, "Hi")
    settle()
    shop.say(people[0], "Red")
    settle()
    cancel_run(workflow.id, next(run.id for run in runs() if run.state == "waiting"), actor=SYSTEM)
    db.session.commit()

    url = f"/workflows/{workflow.id}"
    assert "flow-figures" not in as_alice.get(url).text
    page = as_alice.get(f"{url}?figures=7").text
    assert [card(page, node) for node in ("n0", "n1", "n3")] == ["3 runs", "3 runs", "1 run"]
    assert card(page, "n2") == "3 runs Waiting now 1 Drop-off 33.3%"
    assert listed(as_alice, f"{url}/runs?step=n0") == listed(as_alice, f"{url}/runs?step=n2&days=7") == 3
    assert listed(as_alice, f"{url}/runs?step=n3&days=7") == 1
    assert listed(as_alice, f"{url}/runs?step=n3&days=7&result=failed") == 0
    assert (
        "Runs that came to this step in the last 7 days: 2 · Question"
        in as_alice.get(f"{url}/runs?step=n2&days=7").text
    )

    add_action(workflow.id, "stop", {}, "n3", "next", seen=stamp_of(workflow, draft_of(workflow.id)), actor=SYSTEM)
    db.session.commit()
    watched = as_alice.get(f"{url}/now?stamp=old&figures=7", headers={"HX-Request": "true"}).text
    assert card(watched, "n2").startswith("3 runs")


def test_figures_are_of_the_version_that_answers_unless_all_are_asked_for(shop: Shop, as_alice: CheckingClient) -> None:
    steps = [step("message", any=True), step("delay", amount=1, unit="days"), step("stop")]
    workflow = active(shop.account, *steps)
    shop.say(added(shop), "Hi")
    settle()
    url = f"/workflows/{workflow.id}"
    assert "figures-versions" not in as_alice.get(f"{url}?figures=7").text
    longer = chain(shop.account, steps[0], step("delay", amount=2, unit="days"), steps[2])
    save_version(workflow.id, longer, seen=workflow.revision, actor=SYSTEM)
    start(workflow.id, actor=SYSTEM)
    db.session.commit()
    for _ in range(2):
        shop.say(added(shop), "Hi")
    settle()

    page, both = as_alice.get(f"{url}?figures=7").text, as_alice.get(f"{url}?figures=7-all").text
    assert "Runs of version 2 in the last 7 days" in page and "Runs of all versions in the last 7 days" in both
    assert card(page, "n1") == "2 runs Waiting now 2" and card(both, "n1") == "3 runs Waiting now 3"
    assert f'href="{url}?figures=7-all"' in page and f'href="{url}?figures=30-all"' in both
    assert f'href="{url}/runs?step=n1&amp;days=7&amp;version=2#runs-list"' in page
    assert f'href="{url}/runs?step=n1&amp;days=7#runs-list"' in both
    assert [listed(as_alice, f"{url}/runs?step=n1&days=7{more}") for more in ("", "&version=2", "&version=1")] == [
        *(3, 2, 1)
    ]
    assert "Runs of version 1" in as_alice.get(f"{url}/runs?version=1").text
    assert listed(as_alice, f"{url}/runs?version=9") == listed(as_alice, f"{url}/runs?version=x") == 3


def added(shop: Shop) -> str:
    """A friend who has added the account."""
    user_id = str(shop.line.api("POST", f"/channels/{shop.id}/friends", {"display_name": "Friend"})["user_id"])
    shop.act(user_id, "add")
    return user_id


def listed(client: CheckingClient, address: str) -> int:
    return len(re.findall(r'id="row-run-\d+"', client.get(address).text))


def test_an_unknown_period_shows_no_figures(shop: Shop, as_alice: CheckingClient) -> None:
    workflow = active(shop.account, step("friend_add"), step("stop"))
    assert "flow-figures" not in as_alice.get(f"/workflows/{workflow.id}?figures=90").text
