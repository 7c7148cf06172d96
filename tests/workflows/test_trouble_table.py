"""“When things do not work”: each row of that table is what the product does and says."""

from __future__ import annotations

import pytest

from app.core.db import db
from app.team.actors import SYSTEM
from app.workflows.definition.checks import findings
from app.workflows.definition.graph import Graph, Node
from app.workflows.operations.life import NotReady, create_workflow, pause, start
from tests.factories.workflows import active, chain, says, step
from tests.workflows.conftest import Shop, runs, said, settle

HELLO = step("send_message", content=says("Hello"))


def found(graph: Graph) -> list[tuple[str, bool]]:
    return [(str(one.problem.message), one.is_warning) for one in findings(graph)]


def test_only_an_active_workflow_responds(shop: Shop, hana: str) -> None:
    workflow = create_workflow("Greets", graph=chain(shop.account, step("message", any=True), HELLO), actor=SYSTEM)
    db.session.commit()
    shop.say(hana, "Draft")
    settle()
    assert runs() == [] and workflow.status == "draft"
    start(workflow.id, actor=SYSTEM)
    db.session.commit()
    shop.say(hana, "Active")
    settle()
    assert len(runs()) == 1 and said(shop) == [["Hello"]]
    pause(workflow.id, actor=SYSTEM)
    db.session.commit()
    shop.say(hana, "Inactive")
    settle()
    assert len(runs()) == 1


def test_without_an_account_it_cannot_be_started(shop: Shop) -> None:
    graph = Graph((), chain(shop.account, step("message", any=True), HELLO).nodes)
    assert found(graph) == [("No LINE Official Account is selected. Choose at least one at the Start node.", False)]
    workflow = create_workflow("Greets", graph=graph, actor=SYSTEM)
    with pytest.raises(NotReady):
        start(workflow.id, actor=SYSTEM)


def test_the_settings_of_a_trigger_are_checked_and_matched(shop: Shop, hana: str) -> None:
    empty = step("message", keywords=[{"text": " ", "match": "equals"}])
    unknown = step("message", keywords=[{"text": "coupon", "match": "like"}])
    assert found(chain(shop.account, empty, HELLO)) == [("Enter the keyword.", False)]
    assert found(chain(shop.account, unknown, HELLO)) == [("Choose how the keyword is compared.", False)]
    active(shop.account, step("message", keywords=[{"text": "coupon", "match": "starts_with"}]), HELLO)
    for text in ("a coupon", "Coupon, please"):
        shop.say(hana, text)
    settle()
    assert len(runs()) == 1


def test_what_is_not_connected_is_warned_of_and_does_not_run(shop: Shop, hana: str) -> None:
    graph = chain(shop.account, step("message", any=True), HELLO)
    apart = Node("apart", "send_message", {"content": says("Never")})
    workflow = create_workflow("Greets", graph=Graph(graph.account_ids, (*graph.nodes, apart)), actor=SYSTEM)
    assert found(Graph(graph.account_ids, (*graph.nodes, apart))) == [
        ("This step is not connected, so it does not run.", True)
    ]
    start(workflow.id, actor=SYSTEM)
    db.session.commit()
    shop.say(hana, "Hi")
    settle()
    assert said(shop) == [["Hello"]]
    alone = Graph(graph.account_ids, (Node("n0", "message", {"any": True}), apart))
    assert (
        "No trigger leads to an action. Add a trigger below the Start node and an action below it.",
        False,
    ) in found(alone)


def test_a_required_field_that_is_empty_keeps_it_from_starting(shop: Shop) -> None:
    wanted = {
        "send_message": "Add a message.",
        "auto_message": "Choose the Auto Send Message.",
        "question": "Enter the question.",
        "branch": "Add at least one condition.",
        "delay": "Enter how long to wait, a whole number from 0 to 1000.",
        "tag": "Choose a tag. If there is none yet, create one first.",
        "rich_menu": "Choose the rich menu.",
        "attribute": "Choose the attribute.",
        "wait_for_event": "Choose the event.",
        "start_workflow": "Choose the workflow. It may have been deleted.",
        "split": "Use two to 10 parts.",
        "send_webhook": "Enter the secret with which the webhook is signed.",
        "notify_member": "Enter the subject of the e-mail.",
    }
    for kind, sentence in wanted.items():
        graph = chain(shop.account, step("message", any=True), step(kind))
        assert (sentence, False) in found(graph), kind
        workflow = create_workflow(kind, graph=graph, actor=SYSTEM)
        with pytest.raises(NotReady):
            start(workflow.id, actor=SYSTEM)
