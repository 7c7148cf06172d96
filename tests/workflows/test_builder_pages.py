"""The builder: undo, copies, one member at a time, the palette, and what a new workflow begins with."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.line.models import Account
from app.team.actors import SYSTEM
from app.team.permissions import Permission
from app.workflows.definition.kinds import ACTIONS, TRIGGERS, exits_of
from app.workflows.models import Workflow, WorkflowDraftState
from app.workflows.operations import drafts
from app.workflows.operations.life import create_workflow, delete_workflow
from app.workflows.queries import drafts as queries
from app.workflows.queries.drafts import digest_of, draft_of, ways_of
from tests.conftest import signed_in
from tests.factories import line
from tests.factories.team import member
from tests.factories.workflows import active, step
from tests.support.client import CheckingClient
from tests.workflows.editing import add, fill, graph_of, stamp, url


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


@pytest.fixture
def workflow(account: Account) -> Workflow:
    made = create_workflow("Survey", actor=SYSTEM)
    db.session.commit()
    return made


def test_changes_are_taken_back_and_made_again(workflow: Workflow, as_alice: CheckingClient) -> None:
    def go(way: str) -> int:
        return int(as_alice.post(url(workflow, f"/{way}"), data={"stamp": stamp(workflow)}).status_code)

    def kinds() -> list[str]:
        return [one.kind for one in graph_of(workflow).nodes]

    assert go("undo") == 409
    trigger = add(as_alice, workflow, "friend_add")
    add(as_alice, workflow, "tag", trigger)
    assert go("undo") == 303 and kinds() == ["friend_add"]
    assert go("redo") == 303 and kinds() == ["friend_add", "tag"] and go("redo") == 409
    assert (go("undo"), go("undo"), go("undo")) == (303, 303, 409) and kinds() == []
    # A new change is what comes after the present state.
    add(as_alice, workflow, "block")
    assert go("redo") == 409 and kinds() == ["block"] and go("undo") == 303 and kinds() == []
    old = stamp(workflow)
    go("redo")
    assert as_alice.post(url(workflow, "/undo"), data={"stamp": old}).status_code == 409 and kinds() == ["block"]


def test_only_the_newest_states_are_kept(
    workflow: Workflow, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_STATES", 2)
    for _number in range(3):
        add(as_alice, workflow, "friend_add")
    assert ways_of(draft_of(workflow.id)) == (True, False)
    assert db.session.query(WorkflowDraftState).count() == 2
    as_alice.post(url(workflow, "/discard"), data={"stamp": stamp(workflow)})
    assert db.session.query(WorkflowDraftState).count() == 0


def test_steps_are_duplicated_cut_and_pasted_into_another_workflow(
    account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    trigger = add(as_alice, workflow, "friend_add")
    last = add(as_alice, workflow, "delay", trigger)
    first = add(as_alice, workflow, "tag", trigger)
    fill(as_alice, workflow, first, change="remove")

    def press(place: str, of: Workflow = workflow, **fields: str) -> Any:
        return as_alice.post(url(of, place), data={**fields, "stamp": stamp(of)})

    press(f"/steps/{first}/duplicate")
    graph = graph_of(workflow)
    twin = graph.by_id[graph.by_id[first].exits["next"]]
    assert twin.settings == graph.by_id[first].settings and twin.exits == {"next": last}
    press(f"/steps/{twin.id}/removal")
    assert press(f"/steps/{first}/copy").status_code == 303
    assert "Paste “Tag”" in as_alice.get(url(workflow, f"/steps/new?after={last}&exit=next")).text
    assert "Paste" not in as_alice.get(url(workflow, "/steps/new")).text
    press(f"/steps/{first}/cut", following="1")
    assert [one.id for one in graph_of(workflow).nodes] == [trigger]
    other = create_workflow("Other", actor=SYSTEM)
    db.session.commit()
    start = add(as_alice, other, "block")
    end = add(as_alice, other, "stop", start)
    assert "and 1 step more" in as_alice.get(url(other, f"/steps/new?after={start}&exit=next")).text
    assert press("/paste", other).status_code == 409
    press("/paste", other, after=start, exit="next")
    graph = graph_of(other)
    tag = graph.by_id[graph.by_id[start].exits["next"]]
    delay = graph.by_id[tag.exits["next"]]
    assert (tag.kind, tag.settings["change"], delay.kind, delay.exits) == ("tag", "remove", "delay", {"next": end})
    assert not {tag.id, delay.id} & {first, last}


def test_before_a_branch_is_deleted_each_exit_says_what_becomes_of_it(
    workflow: Workflow, as_alice: CheckingClient
) -> None:
    trigger = add(as_alice, workflow, "friend_add")
    split = add(as_alice, workflow, "split", trigger)
    yes, no = [one.name for one in exits_of(graph_of(workflow).by_id[split])]
    kept = add(as_alice, workflow, "tag", split, yes)
    last = add(as_alice, workflow, "stop", split, no)
    add(as_alice, workflow, "delay", split, no)

    def press(place: str, **fields: str) -> Any:
        return as_alice.post(url(workflow, f"/steps/{split}/{place}"), data={**fields, "stamp": stamp(workflow)})

    page = as_alice.get(url(workflow, f"/steps/{split}/removal")).text
    assert "“2 · Tag” follows the step above." in page
    assert "“3 · Delay” and 1 step below it stand apart: they do not run until you connect them." in page
    assert "Delete it with 2 steps that would stand apart" in page and "Delete it with all 3 steps that follow" in page
    press("removal", extent="apart")
    graph = graph_of(workflow)
    assert [one.id for one in graph.nodes] == [trigger, kept] and graph.by_id[trigger].exits == {"next": kept}
    as_alice.post(url(workflow, "/undo"), data={"stamp": stamp(workflow)})
    # What a cut or a removed way leaves without connection is said after it.
    answer = as_alice.fragment(url(workflow, f"/steps/{split}/cut"), method="POST", data={"stamp": stamp(workflow)})
    assert "2 steps are not connected any more and do not run." in answer.headers["HX-Trigger"]
    as_alice.post(url(workflow, "/undo"), data={"stamp": stamp(workflow)})
    parts = {"parts-row": "0", "parts-0-name": yes, "parts-0-label": "A", "parts-0-share": "50"}
    answer = as_alice.fragment(
        url(workflow, f"/steps/{split}"),
        method="POST",
        data={**parts, "panel": "1", "do": "keep", "seen": digest_of(graph_of(workflow).by_id[split])},
    )
    assert graph_of(workflow).by_id[split].exits == {yes: kept} and graph_of(workflow).by_id[last]
    assert "2 steps are not connected any more and do not run." in answer.headers["HX-Trigger"]


def test_a_step_with_several_exits_asks_where_to_add_or_paste(workflow: Workflow, as_alice: CheckingClient) -> None:
    trigger = add(as_alice, workflow, "friend_add")
    split = add(as_alice, workflow, "split", trigger)
    first, second = (one["name"] for one in graph_of(workflow).by_id[split].settings["parts"])
    tag = add(as_alice, workflow, "tag", split, first)
    page = as_alice.get(url(workflow, f"/steps/new?after={split}")).text
    assert f"steps/new?after={split}&amp;exit={second}" in page and "Paste" not in page
    assert "Before “2 · Tag”" in page and page.count("Nothing follows there yet.") == 1
    as_alice.post(url(workflow, f"/steps/{tag}/copy"), data={"stamp": stamp(workflow), "one": "1"})
    page = as_alice.get(url(workflow, f"/steps/new?after={split}")).text
    assert f'name="exit" value="{second}"' in page and page.count(" Paste</button>") == 2
    place = f"/paste?after={split}&exit={second}"
    assert as_alice.post(url(workflow, place), data={"stamp": stamp(workflow)}).status_code == 303
    graph = graph_of(workflow)
    assert graph.by_id[graph.by_id[split].exits[second]].kind == "tag"
    assert as_alice.get(url(workflow, "/steps/new?after=gone")).status_code == 404


def test_a_step_is_moved_from_its_own_page(workflow: Workflow, as_alice: CheckingClient) -> None:
    trigger = add(as_alice, workflow, "friend_add")
    last = add(as_alice, workflow, "delay", trigger)
    add(as_alice, workflow, "tag", trigger)
    page = as_alice.get(url(workflow, f"/steps/{last}")).text
    sent = re.search(r'form="workflow-flow" name="stamp" value="(\w+)"', page)
    assert sent and f'id="up-{last}" name="move" value="up"' in page
    as_alice.post(url(workflow, f"/steps/{last}/move"), data={"move": "up", "stamp": sent[1]})
    assert graph_of(workflow).by_id[trigger].exits == {"next": last}


def test_a_step_is_moved_to_another_branch_alone_or_with_what_follows(
    workflow: Workflow, as_alice: CheckingClient
) -> None:
    trigger = add(as_alice, workflow, "friend_add")
    branch = add(as_alice, workflow, "split", trigger)
    yes, no = [one.name for one in exits_of(graph_of(workflow).by_id[branch])]
    last = add(as_alice, workflow, "tag", branch, yes)
    first = add(as_alice, workflow, "delay", branch, yes)

    def press(node_id: str, **fields: str) -> Any:
        return as_alice.post(url(workflow, f"/steps/{node_id}/place"), data={**fields, "stamp": stamp(workflow)})

    assert f'id="move-{first}"' in as_alice.get(url(workflow, f"/steps/{first}")).text
    assert "Move to another branch" not in as_alice.get(url(workflow, f"/steps/{trigger}")).text
    page = as_alice.get(url(workflow, f"/steps/{first}/place")).text
    assert "This step alone" in page and f'name="after" value="{last}"' in page
    page = as_alice.get(url(workflow, f"/steps/{first}/place?following=1")).text
    assert "With 1 step that follows" in page and f'name="after" value="{last}"' not in page
    assert 'name="following" value="1"' in page
    # A way back is refused with a sentence.
    refused = press(first, after=last, exit="next", following="1")
    assert refused.status_code == 409 and "would lead back to the same step" in refused.text
    assert press(first, after=branch, exit=no, following="1").status_code == 303
    assert graph_of(workflow).by_id[branch].exits == {no: first}
    press(first, after=branch, exit=yes)
    assert graph_of(workflow).by_id[branch].exits == {no: last, yes: first}
    assert press(first, after=branch, exit="gone").status_code == 409
    assert press(trigger, after=branch, exit=yes).status_code == 409


def test_one_member_edits_at_a_time_and_another_takes_over(
    app: Flask, workflow: Workflow, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = signed_in(app, member("bob@example.com", permissions=[Permission.WORKFLOWS]))
    trigger = add(as_alice, workflow, "friend_add")
    page = bob.get(url(workflow)).text
    assert "Alice is editing this workflow." in page and "add-trigger" not in page
    assert "is editing" not in as_alice.get(url(workflow)).text
    for place in ("/save", "/discard", "/undo", f"/steps/{trigger}/removal"):
        answer = bob.post(url(workflow, place), data={"stamp": stamp(workflow)})
        assert answer.status_code == 409 and "Take over to change it yourself." in answer.text, place
    assert bob.post(url(workflow, f"/steps/{trigger}/copy"), data={}).status_code == 303
    assert bob.post(url(workflow, "/editor")).status_code == 303
    assert bob.post(url(workflow, f"/steps/{trigger}/duplicate"), data={"stamp": stamp(workflow)}).status_code == 303
    assert as_alice.post(url(workflow, "/undo"), data={"stamp": stamp(workflow)}).status_code == 409
    # Some minutes after the last change it is free again.
    monkeypatch.setattr(queries, "EDITING", timedelta(0))
    assert as_alice.post(url(workflow, "/undo"), data={"stamp": stamp(workflow)}).status_code == 303


def test_the_address_keeps_which_figures_are_shown(account: Account, as_alice: CheckingClient) -> None:
    workflow = active(account, step("friend_add"), step("block"))
    page = as_alice.get(url(workflow, "?figures=30")).text
    assert "Runs of version 1 in the last 30 days" in page
    assert f'href="{url(workflow, "/steps/n1?figures=30")}"' in page
    # What htmx asks for belongs to the page that is open.
    fragment = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{url(workflow, '/steps/n1?figures=30')}"}
    sent = {"kind": "delay", "after": "n0", "exit": "next", "stamp": stamp(workflow)}
    added = as_alice.post(url(workflow, "/steps"), data=sent, headers=fragment)
    assert "in the last 30 days" in added.text and "with unsaved changes" in added.text
    assert added.headers["HX-Push-Url"].endswith("&new=1&figures=30")
    saved = as_alice.post(url(workflow, "/save"), data={"stamp": stamp(workflow)}, headers=fragment)
    assert "in the last 30 days" in saved.text and "Version 2 is saved" in saved.headers["HX-Trigger"]
    none = as_alice.get(url(workflow, "?figures=0"), headers=fragment).text
    assert "in the last" not in none and f'href="{url(workflow, "/steps/n1")}"' in none


def test_a_page_learns_of_changes_of_others(app: Flask, workflow: Workflow, as_alice: CheckingClient) -> None:
    bob = signed_in(app, member("bob@example.com", permissions=[Permission.WORKFLOWS]))
    old, fragment = stamp(workflow), {"HX-Request": "true"}
    assert bob.get(url(workflow, f"/now?stamp={old}&editor="), headers=fragment).status_code == 204
    add(as_alice, workflow, "friend_add")
    shown = bob.get(url(workflow, f"/now?stamp={old}&editor="), headers=fragment)
    assert shown.status_code == 200 and "Friend add" in shown.text and "Alice is editing" in shown.text
    assert bob.get(url(workflow, f"/now?stamp={stamp(workflow)}&editor=Alice"), headers=fragment).status_code == 204


def test_a_step_that_was_added_just_now_can_be_taken_out_from_its_form(
    workflow: Workflow, as_alice: CheckingClient
) -> None:
    sent = {"kind": "friend_add", "after": "", "stamp": stamp(workflow)}
    panel = as_alice.post(url(workflow, "/steps"), data=sent, headers={"HX-Request": "true"}).text
    trigger = graph_of(workflow).nodes[0].id
    assert 'id="cancel-step"' in panel
    assert 'id="cancel-step"' in as_alice.get(url(workflow, f"/steps/{trigger}?new=1")).text
    assert 'id="cancel-step"' not in as_alice.get(url(workflow, f"/steps/{trigger}")).text


def test_the_panel_has_one_button_that_closes_it_and_a_page_leads_back(
    workflow: Workflow, as_alice: CheckingClient
) -> None:
    trigger = add(as_alice, workflow, "friend_add")
    for place in ("start", trigger):
        panel = as_alice.get(url(workflow, f"/steps/{place}"), headers={"HX-Request": "true"}).text
        page = as_alice.get(url(workflow, f"/steps/{place}")).text
        assert 'id="close-panel"' in panel and "Back to the workflow" not in panel, place
        assert 'id="close-panel"' not in page and "Back to the workflow" in page, place


def test_kinds_of_steps_say_what_they_do_and_the_main_ones_come_first(
    workflow: Workflow, as_alice: CheckingClient
) -> None:
    palette = as_alice.get(url(workflow, "/steps/new")).text
    kinds = re.findall(r'name="kind" value="(\w+)"', palette)
    assert kinds[:6] == ["friend_add", "message", "postback", "qr_code", "video_watched", "block"]
    assert "When a person adds the account as a friend" in palette
    assert all(one.about for one in (*TRIGGERS.values(), *ACTIONS.values()))


def test_a_new_workflow_begins_with_the_only_account(as_alice: CheckingClient, account: Account) -> None:
    as_alice.post("/workflows", data={"name": "Mine"})
    made = db.session.query(Workflow).one()
    assert graph_of(made).account_ids == (account.id,)
    assert "/steps/start" in as_alice.get(url(made)).text and 'hx-trigger="load"' not in as_alice.get(url(made)).text
    line.account(name="Other")
    as_alice.post("/workflows", data={"name": "Both"})
    other = db.session.query(Workflow).order_by(Workflow.id.desc()).first()
    assert other and graph_of(other).account_ids == () and 'hx-trigger="load"' in as_alice.get(url(other)).text


def test_changes_that_were_not_saved_are_to_be_fixed_before_the_start(
    workflow: Workflow, as_alice: CheckingClient
) -> None:
    line_of_save = '<a href="#save-workflow">Save</a>'
    assert line_of_save not in as_alice.get(url(workflow)).text
    add(as_alice, workflow, "friend_add")
    assert line_of_save in as_alice.get(url(workflow)).text
    as_alice.post(url(workflow, "/save"), data={"stamp": stamp(workflow)})
    assert line_of_save not in as_alice.get(url(workflow)).text


def test_a_step_that_was_deleted_elsewhere_says_so_in_its_form(workflow: Workflow, as_alice: CheckingClient) -> None:
    trigger = add(as_alice, workflow, "friend_add")
    as_alice.post(url(workflow, f"/steps/{trigger}/removal"), data={"stamp": stamp(workflow)})
    sent = {"do": "keep", "panel": "1", "seen": ""}
    answer = as_alice.fragment(url(workflow, f"/steps/{trigger}"), method="POST", data=sent)
    assert answer.status_code == 404 and answer.headers["HX-Retarget"] == "#step-state"
    assert "This step was deleted" in answer.text and 'id="workflow-steps"' in answer.text
    assert "HX-Trigger" not in answer.headers
    assert as_alice.post(url(workflow, f"/steps/{trigger}"), data=sent).status_code == 404


def test_a_page_of_a_deleted_workflow_says_so_once_and_asks_no_more(
    workflow: Workflow, as_alice: CheckingClient
) -> None:
    asked = url(workflow, f"/now?stamp={stamp(workflow)}&editor=")
    delete_workflow(workflow.id, actor=SYSTEM)
    db.session.commit()
    answer = as_alice.fragment(asked)
    assert answer.status_code == 404 and answer.headers["HX-Retarget"] == "#workflow-notices"
    assert "This workflow was deleted" in answer.text and "HX-Trigger" not in answer.headers
    assert '<hx-partial hx-target="#workflow-watch" hx-swap="delete">' in answer.text
    assert "This workflow was deleted" not in as_alice.get(asked).text
