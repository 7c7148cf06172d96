"""What an answer to a step's form draws again of the flow beside it: the cards that say something else, or all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.team.actors import SYSTEM
from app.team.permissions import Permission
from app.workflows.models import Workflow
from app.workflows.operations.life import create_workflow
from app.workflows.queries.drafts import digest_of
from tests.conftest import signed_in
from tests.factories import line
from tests.factories.team import member
from tests.factories.workflows import chain, step
from tests.support.client import CheckingClient
from tests.workflows.editing import add, graph_of, stamp, url

DELAY = {"mode": "amount", "amount": 1, "unit": "days"}
SPLIT = {"parts": [{"name": "a", "label": "A", "share": 50}, {"name": "b", "label": "B", "share": 50}]}


@pytest.fixture
def workflow(app: Flask) -> Workflow:
    graph = chain(
        line.account(),
        step("friend_add"),
        step("delay", **DELAY),
        step("delay", **DELAY),
        step("split", {"a": "4", "b": "4", "-": "-"}, **SPLIT),
        step("stop"),
    )
    made = create_workflow("Survey", graph=graph, actor=SYSTEM)
    db.session.commit()
    return made


def typed(client: CheckingClient, workflow: Workflow, node_id: str, shown: str, **fields: Any) -> tuple[list[str], str]:
    """Send the form of a step from the panel; returns which cards the answer draws, and the answer."""
    sent = {"seen": digest_of(graph_of(workflow).by_id[node_id]), "panel": "1", "shown": shown, "do": "keep", **fields}
    answer = client.post(url(workflow, f"/steps/{node_id}"), data=sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return re.findall(r'id="node-(\w+)" tabindex', answer.text), answer.text


def delay(client: CheckingClient, workflow: Workflow, shown: str, amount: int, **fields: Any) -> tuple[list[str], str]:
    return typed(client, workflow, "n2", shown, mode="amount", amount=amount, unit="days", **fields)


ALL = ["n0", "n1", "n2", "n3", "n4", "start"]


def test_only_the_card_that_says_something_else_is_drawn_again(workflow: Workflow, as_alice: CheckingClient) -> None:
    # With the first change all of it, since what stands above the flow tells of unsaved ones from then on.
    assert sorted(delay(as_alice, workflow, stamp(workflow), 2)[0]) == ALL
    cards, text = delay(as_alice, workflow, stamp(workflow), 3)
    assert cards == ["n2"] and "Wait 3 days" in text and 'hx-target="#node-n2"' in text
    # The page shows the new state then, and can go on from it.
    assert f'name="shown" form="step-form" value="{stamp(workflow)}"' in text
    cards, text = delay(as_alice, workflow, stamp(workflow), 4, do="done")
    assert cards == ["n2"] and 'hx-target="#workflow-panel"' in text
    assert delay(as_alice, workflow, stamp(workflow), 4)[0] == []


def test_a_page_that_shows_an_older_state_gets_the_whole_flow(workflow: Workflow, as_alice: CheckingClient) -> None:
    old = stamp(workflow)
    add(as_alice, workflow, "tag_added")
    assert set(ALL) < set(delay(as_alice, workflow, old, 3)[0])
    assert set(ALL) < set(delay(as_alice, workflow, "", 5)[0])


def test_names_of_exits_and_lines_are_drawn_with_the_whole_flow(workflow: Workflow, as_alice: CheckingClient) -> None:
    delay(as_alice, workflow, stamp(workflow), 3)
    form = {"parts-row": ["0", "1"], "parts-0-name": "a", "parts-0-label": "Left", "parts-0-share": "50"}
    form |= {"parts-1-name": "b", "parts-1-label": "B", "parts-1-share": "50"}
    cards, text = typed(as_alice, workflow, "n3", stamp(workflow), **form)
    assert sorted(cards) == ALL and "Left" in text


def test_a_member_who_takes_over_gets_the_whole_flow(app: Flask, workflow: Workflow, as_alice: CheckingClient) -> None:
    delay(as_alice, workflow, stamp(workflow), 3)
    bob = signed_in(app, member("bob@example.com", permissions=[Permission.WORKFLOWS]))
    theirs = digest_of(graph_of(workflow).by_id["n2"])
    assert sorted(delay(bob, workflow, stamp(workflow), 4, take_over=theirs)[0]) == ALL
