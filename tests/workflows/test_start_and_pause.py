"""Start and Pause: what is asked, what is refused with its reasons, and what becomes of runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.team.actors import SYSTEM
from app.workflows.definition.graph import EntryRules, Graph
from app.workflows.models import ReEntry, Workflow, WorkflowRun, WorkflowRunState, WorkflowStatus
from app.workflows.operations.drafts import add_action, change_settings
from app.workflows.operations.life import NotReady, pause, save_version, start
from app.workflows.queries.drafts import digest_of, draft_of, stamp_of, working_graph
from app.workflows.queries.workflows import latest_graph
from tests.factories import friends, line
from tests.factories.workflows import active, chain, draft, run, step
from tests.support.client import CheckingClient


@pytest.fixture
def place(app: Flask) -> Account:
    return line.account(name="Shop")


def url(workflow: Workflow, act: str) -> str:
    return f"/workflows/{workflow.id}/{act}"


def test_every_condition_that_is_not_met_is_named_with_a_link(place: Account, as_alice: CheckingClient) -> None:
    empty = draft("Empty")
    question = as_alice.fragment(url(empty, "start")).text
    assert "“Empty” cannot be started yet" in question and ">Start<" not in question
    assert "No LINE Official Account is selected" in question and "No trigger leads to an action" in question
    assert f'href="/workflows/{empty.id}#node-start"' in question
    refused = as_alice.fragment(url(empty, "start"), method="POST")
    assert refused.status_code == 422 and "cannot be started yet" in refused.text

    lacking = draft("Lacking", chain(place, step("friend_add"), step("tag")))
    question = as_alice.fragment(url(lacking, "start")).text
    assert f'href="/workflows/{lacking.id}#node-n1"' in question and "Choose a tag" in question
    assert lacking.status == WorkflowStatus.DRAFT


def test_starting_a_draft_with_a_part_that_is_not_connected(place: Account, as_alice: CheckingClient) -> None:
    workflow = draft("Welcome", chain(place, step("friend_add"), step("stop", {"-": "1"}), step("stop")))
    question = as_alice.fragment(url(workflow, "start")).text
    assert "Version 1 of “Welcome”" in question and "since the pause" not in question
    assert "This step is not connected" in question and ">Start<" in question
    answer = as_alice.fragment(url(workflow, "start"), method="POST", data={"seen": workflow.revision})
    assert answer.headers["HX-Redirect"] == f"/workflows/{workflow.id}"
    assert workflow.status == WorkflowStatus.ACTIVE


def test_a_trigger_that_leads_nowhere_is_a_warning_beside_one_that_leads_on(
    place: Account, as_alice: CheckingClient
) -> None:
    steps = step("friend_add", {"next": "2"}), step("block", {"-": "1"}), step("stop")
    workflow = saved_again("Welcome", chain(place, *steps))
    question = as_alice.fragment(url(workflow, "start")).text
    assert "No step follows this trigger" in question and f"/workflows/{workflow.id}#node-n1" in question
    assert ">Start<" in question
    assert "No step follows this trigger" in as_alice.get(f"/workflows/{workflow.id}").text
    alone = draft("Alone", chain(place, step("friend_add")))
    question = as_alice.fragment(url(alone, "start")).text
    assert "No trigger leads to an action" in question and "No step follows this trigger" not in question


def test_what_makes_no_difference_is_a_warning_with_its_step(place: Account, as_alice: CheckingClient) -> None:
    parts = [{"name": name, "label": name.upper(), "share": 50} for name in "ab"]
    waits = step("friend_add"), step("delay", {"-": "1"}, amount=1, unit="days")
    graph = chain(place, *waits, step("block"), step("split", {"a": "4", "-": "1"}, parts=parts), step("notify_member"))
    question = as_alice.fragment(url(draft("Idle", graph), "start")).text
    assert "Friend add: Only waits, branches and stops follow this trigger" in question
    assert "1 · Delay: Nothing follows this step, so it makes no difference." in question
    assert "2 · Split by percentage: Nothing follows the exit “B”, so that the run ends there." in question
    assert "exit “A”" not in question and question.count("Only waits") == 1
    # The same stands in the editor, and a command says what hinders with its step.
    page = as_alice.get(f"/workflows/{saved_again('Idle too', graph).id}").text
    assert "Only waits, branches and stops" in page and "Nothing follows the exit “B”" in page


def saved_again(name: str, graph: Graph) -> Workflow:
    """A draft with a version of its member's own."""
    workflow = draft(name, graph)
    save_version(workflow.id, replace(graph, entry=EntryRules(ReEntry.ONCE)), seen=workflow.revision, actor=SYSTEM)
    db.session.commit()
    return workflow


def test_what_is_still_to_come_in_a_first_workflow_is_no_fault_in_its_editor(
    place: Account, as_alice: CheckingClient
) -> None:
    empty = as_alice.get(f"/workflows/{draft('Empty').id}").text
    assert "is-broken" not in empty and "text-danger" not in empty.partition('id="workflow-steps"')[2]
    assert "2 things left to do before Start" in empty and "Choose at least one at the Start node." in empty
    begun = draft("Begun", chain(place, step("friend_add"), step("delay", {"-": "1"}, amount=1, unit="days")))
    page = as_alice.get(f"/workflows/{begun.id}").text
    assert "Only waits, branches and stops" not in page and "Nothing follows this step" not in page


def test_unsaved_changes_are_saved_in_the_question(place: Account, as_alice: CheckingClient) -> None:
    tag = friends.tag(place)
    workflow = draft("Welcome", chain(place, step("friend_add"), step("tag")))
    seen = digest_of(latest_graph(workflow).by_id["n1"])
    change_settings(workflow.id, "n1", {"tags": {str(place.id): [tag.id]}, "change": "add"}, seen=seen, actor=SYSTEM)
    db.session.commit()
    stamp = stamp_of(workflow, draft_of(workflow.id))
    question = as_alice.fragment(url(workflow, "start")).text
    assert f'name="stamp" value="{stamp}"' in question and 'name="save" value="1"' in question
    changed = as_alice.fragment(url(workflow, "start"), method="POST", data={"save": "1", "stamp": "old"})
    assert changed.status_code == 409 and "This is how it is now." in changed.text and workflow.latest_version == 1
    saved = as_alice.fragment(url(workflow, "start"), method="POST", data={"save": "1", "stamp": stamp})
    assert "Version 2 of “Welcome” responds to its triggers from now on." in saved.text and ">Start<" in saved.text
    assert saved.headers["HX-Trigger"] and workflow.latest_version == 2 and workflow.status == WorkflowStatus.DRAFT
    assert 'id="workflow-steps"' not in saved.text


def test_unsaved_changes_are_saved_in_the_question_of_the_editor(place: Account, as_alice: CheckingClient) -> None:
    workflow = draft("Welcome", chain(place, step("friend_add"), step("stop")))
    add_action(
        workflow.id, "delay", {"amount": 1, "unit": "days"}, "n0", "next", seen=stamp_of(workflow, None), actor=SYSTEM
    )
    db.session.commit()
    asked = {"HX-Request": "true", "HX-Current-URL": f"http://localhost/workflows/{workflow.id}"}
    sent = {"save": "1", "stamp": stamp_of(workflow, draft_of(workflow.id))}
    saved = as_alice.post(url(workflow, "start"), data=sent, headers=asked)
    assert saved.status_code == 200 and "Version 2 of “Welcome”" in saved.text and workflow.latest_version == 2
    # The page behind it shows what was saved.
    assert 'id="workflow-steps"' in saved.text and "hidden data-when-typed" in saved.text


def test_unsaved_changes_are_looked_at_and_not_what_was_saved(place: Account, as_alice: CheckingClient) -> None:
    tag = friends.tag(place)
    workflow = draft("Welcome", chain(place, step("friend_add"), step("tag")))
    seen = digest_of(latest_graph(workflow).by_id["n1"])
    change_settings(workflow.id, "n1", {"tags": {str(place.id): [tag.id]}, "change": "add"}, seen=seen, actor=SYSTEM)
    db.session.commit()
    question = as_alice.fragment(url(workflow, "start")).text
    assert "There are changes that were not saved" in question and "Choose a tag" not in question
    assert f'href="/workflows/{workflow.id}#save-workflow"' in question and "about the unsaved changes" not in question
    change_settings(workflow.id, "n1", {}, seen=digest_of(working(workflow).by_id["n1"]), actor=SYSTEM)
    add_action(workflow.id, "tag", {}, "n1", "next", seen=stamp_of(workflow, draft_of(workflow.id)), actor=SYSTEM)
    db.session.commit()
    question = as_alice.fragment(url(workflow, "start")).text
    assert question.count("Choose a tag") == 2 and "about the unsaved changes" in question
    with pytest.raises(NotReady) as refused:
        start(workflow.id, actor=SYSTEM)
    assert len(refused.value.problems.hindrances) == 3


def working(workflow: Workflow) -> Graph:
    return working_graph(workflow, draft_of(workflow.id))


def test_a_change_of_another_member_in_between(place: Account, as_alice: CheckingClient) -> None:
    workflow = draft("Welcome", chain(place, step("friend_add"), step("stop")))
    refused = as_alice.fragment(url(workflow, "start"), method="POST", data={"seen": workflow.revision + 1})
    assert refused.status_code == 409 and "Another member has changed" in refused.headers["HX-Trigger"]


@pytest.mark.parametrize(("held", "state"), [("go_on", "running"), ("cancel", "cancelled")])
def test_runs_that_stand_still_go_on_or_are_cancelled(
    place: Account, as_alice: CheckingClient, held: str, state: str
) -> None:
    workflow = active(place, step("friend_add"), step("stop"))
    standing = run(workflow, friends.friend(place), state=WorkflowRunState.HELD, held_due_at=now(), due_at=None)
    question = as_alice.fragment(url(workflow, "pause")).text
    assert "1 run is under way and stands still" in question and "already handed to LINE" in question
    as_alice.post(url(workflow, "pause"))
    assert workflow.status == WorkflowStatus.INACTIVE
    question = as_alice.fragment(url(workflow, "start")).text
    assert "1 run stands still since the pause." in question and "missed triggers start nothing" in question
    refused = as_alice.fragment(url(workflow, "start"), method="POST", data={"seen": workflow.revision})
    assert refused.status_code == 422 and "Choose what becomes of them." in refused.text
    wrong = as_alice.fragment(url(workflow, "start"), method="POST", data={"held": "else"})
    assert wrong.status_code == 422
    as_alice.post(url(workflow, "start"), data={"seen": workflow.revision, "held": held})
    assert workflow.status == WorkflowStatus.ACTIVE
    assert db.session.get_one(WorkflowRun, standing.id).state == state


def test_a_newer_version_takes_the_place_of_the_active_one(place: Account, as_alice: CheckingClient) -> None:
    workflow = active(place, step("friend_add"), step("stop"))
    run(workflow, friends.friend(place))
    question = as_alice.fragment(url(workflow, "start")).text
    assert "It takes the place of version 1." in question and "since the pause" not in question


def test_pausing_what_is_not_active(place: Account, as_alice: CheckingClient) -> None:
    workflow = draft("Welcome")
    assert "is not active" in as_alice.fragment(url(workflow, "pause")).text
    assert as_alice.fragment(url(workflow, "pause"), method="POST").status_code == 409


def test_questions_are_pages_without_script(place: Account, as_alice: CheckingClient) -> None:
    workflow = active(place, step("friend_add"), step("stop"))
    for act in ("start", "pause", "name", "archive", "removal"):
        page = as_alice.get(url(workflow, act)).text
        assert "<h1" in page and 'hx-post="/workflows/' not in page
    assert as_alice.post(url(workflow, "pause")).location == f"/workflows/{workflow.id}"
    pause_again = as_alice.post(url(workflow, "pause"))
    assert pause_again.status_code == 409
    start(workflow.id, actor=SYSTEM)
    pause(workflow.id, actor=SYSTEM)


def test_start_and_pause_draw_the_editor_again_around_their_question(place: Account, as_alice: CheckingClient) -> None:
    workflow = draft("Welcome", chain(place, step("friend_add"), step("stop")))
    asked = {"HX-Request": "true", "HX-Current-URL": f"http://localhost/workflows/{workflow.id}/steps/n0"}
    sent = {"seen": workflow.revision}
    answer = as_alice.post(url(workflow, "start"), data=sent, headers=asked)
    assert answer.status_code == 200 and "is active" in answer.headers["HX-Trigger"]
    assert (
        'id="workflow-start" class="dialog-body"' in answer.text and f'id="pause-workflow-{workflow.id}"' in answer.text
    )
    answer = as_alice.post(url(workflow, "pause"), headers=asked)
    assert (
        'id="workflow-pause" class="dialog-body"' in answer.text and f'id="start-workflow-{workflow.id}"' in answer.text
    )
