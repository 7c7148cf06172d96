"""Who may know a workflow: those who may see all accounts that it names, or still works for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.core.db import db
from app.core.errors import NotFound
from app.core.usage import usages_of
from app.line.models import Account
from app.team.actors import SYSTEM, Actor
from app.team.models import Member
from app.team.permissions import Permission
from app.workflows.actions.flow import START_WORKFLOW
from app.workflows.definition.graph import EntryRules, Graph, Node
from app.workflows.engine.accounts import prune_former_accounts
from app.workflows.engine.happenings import WEBHOOK_RECEIVED
from app.workflows.hooks.operations.addresses import make_secret
from app.workflows.models import Workflow, WorkflowRunState, WorkflowStep
from app.workflows.operations import drafts, life, runs
from app.workflows.qr_codes.operations.codes import CodeSettings, change_code, copy_code, create_code
from app.workflows.queries.asked import questions_of, workflows_like
from app.workflows.queries.choices import HIDDEN
from app.workflows.queries.drafts import digest_of, draft_of, working_graph
from app.workflows.queries.workflows import get_workflow, latest_graph
from tests.conftest import signed_in
from tests.factories import friends, line
from tests.factories.team import member
from tests.factories.workflows import chain, draft, run, says, step
from tests.support.client import CheckingClient

ENDLESS = step("friend_add"), step("stop")


@pytest.fixture
def first(app: Flask) -> Account:
    return line.account(name="First")


@pytest.fixture
def second(app: Flask) -> Account:
    return line.account(name="Second")


@pytest.fixture
def restricted(first: Account) -> Member:
    return member("Emi", permissions=[Permission.WORKFLOWS, Permission.EXPORT], account_ids=[first.id])


@pytest.fixture
def emi(restricted: Member) -> Actor:
    return Actor.of_member(restricted)


@pytest.fixture
def as_emi(app: Flask, restricted: Member) -> CheckingClient:
    return signed_in(app, restricted)


def of_accounts(graph: Graph, *accounts: Account) -> Graph:
    return replace(graph, account_ids=tuple(one.id for one in accounts))


def save(workflow: Workflow, *accounts: Account) -> None:
    graph = of_accounts(latest_graph(workflow), *accounts)
    life.save_version(workflow.id, graph, seen=workflow.revision, actor=SYSTEM)
    db.session.commit()


def started(*accounts: Account) -> Workflow:
    workflow = draft("Secret sale", of_accounts(chain(accounts[0], *ENDLESS), *accounts))
    life.start(workflow.id, actor=SYSTEM)
    db.session.commit()
    return workflow


def knows(actor: Actor, workflow: Workflow) -> bool:
    prune_former_accounts()
    try:
        return get_workflow(workflow.id, actor) is workflow
    except NotFound:
        return False


def test_the_started_version_counts_as_long_as_it_answers(first: Account, second: Account, emi: Actor) -> None:
    workflow = started(first, second)
    save(workflow, first)
    assert not knows(emi, workflow) and knows(SYSTEM, workflow)
    with pytest.raises(NotFound):
        life.pause(workflow.id, actor=emi)
    with pytest.raises(NotFound):
        runs.cancel_all(workflow.id, actor=emi)
    life.start(workflow.id, actor=SYSTEM)
    assert knows(emi, workflow)


def test_open_runs_count_until_they_have_ended(first: Account, second: Account, emi: Actor) -> None:
    workflow = started(first, second)
    run(workflow, friends.friend(second))
    save(workflow, first)
    life.start(workflow.id, held="go_on", actor=SYSTEM)
    assert not knows(emi, workflow)
    assert runs.cancel_all(workflow.id, actor=SYSTEM) == 1
    assert knows(emi, workflow)


def test_a_run_that_is_tried_again_counts(first: Account, second: Account, emi: Actor) -> None:
    workflow = started(first, second)
    failed = run(workflow, friends.friend(second), state=WorkflowRunState.FAILED, due_at=None)
    save(workflow, first)
    life.start(workflow.id, actor=SYSTEM)
    assert knows(emi, workflow)
    runs.retry_run(workflow.id, failed.id, actor=SYSTEM)
    assert not knows(emi, workflow)


def test_an_account_that_is_named_again_is_no_former_one(first: Account, second: Account, emi: Actor) -> None:
    workflow = draft("Never started", chain(first, *ENDLESS))
    save(workflow, first, second)
    save(workflow, first)
    assert knows(emi, workflow)
    other = started(first, second)
    save(other, second)
    save(other, first, second)
    save(other, second)
    save(other, first)
    assert not knows(emi, other)


def test_the_working_copy_protects_a_workflow_everywhere(
    first: Account, second: Account, emi: Actor, as_emi: CheckingClient
) -> None:
    workflow = draft("Secret sale", chain(first, *ENDLESS))
    page = f"/workflows/{workflow.id}"
    assert as_emi.get(page).status_code == 200
    seen = digest_of(working_graph(workflow, None))
    drafts.change_start(workflow.id, [first.id, second.id], EntryRules(), seen=seen, actor=SYSTEM)
    db.session.commit()
    for path in ("", "/start", "/name", "/runs", "/steps/start"):
        assert as_emi.get(page + path).status_code == 404, path
    for path in ("/name", "/copy", "/archive", "/removal", "/start", "/save"):
        assert as_emi.post(page + path, data={"name": "Mine"}).status_code == 404, path
    assert "Secret sale" not in as_emi.get("/workflows").text
    with pytest.raises(NotFound):
        drafts.save_draft(workflow.id, seen="", actor=emi)


def test_an_account_that_was_removed_hides_no_working_copy(first: Account, second: Account, emi: Actor) -> None:
    workflow = draft("Sale", chain(first, *ENDLESS))
    seen = digest_of(working_graph(workflow, None))
    drafts.change_start(workflow.id, [first.id, second.id], EntryRules(), seen=seen, actor=SYSTEM)
    db.session.delete(second)
    db.session.commit()
    assert knows(emi, workflow)


def test_only_known_workflows_are_named_in_steps(
    first: Account, second: Account, emi: Actor, as_emi: CheckingClient
) -> None:
    hidden = draft("Secret sale", chain(second, step("started_by_workflow"), step("stop")))
    draft("Another", chain(first, *ENDLESS))
    workflow = draft("Mine", chain(first, step("friend_add"), step(START_WORKFLOW, workflow=0)))
    page = f"/workflows/{workflow.id}/steps/n1"
    seen = digest_of(latest_graph(workflow).by_id["n1"])
    answer = as_emi.post(page, data={"do": "done", "seen": seen, "workflow": str(hidden.id)})
    assert "Choose the workflow. It may have been deleted." in answer.text and "Secret sale" not in answer.text
    db.session.expire_all()
    assert working_graph(workflow, draft_of(workflow.id)).by_id["n1"].settings["workflow"] == 0
    named = chain(first, step("friend_add"), step(START_WORKFLOW, workflow=hidden.id))
    with pytest.raises(NotFound):
        life.create_workflow("Other", graph=named, actor=emi)
    with pytest.raises(NotFound):
        drafts.change_settings(workflow.id, "n1", {"workflow": hidden.id}, seen=seen, actor=emi)
    asked = chain(first, step("question_answered", match="any", from_workflow=hidden.id), step("stop"))
    with pytest.raises(NotFound):
        life.create_workflow("Other", graph=asked, actor=emi)


def test_what_an_administrator_has_chosen_stays_without_its_name(
    first: Account, second: Account, emi: Actor, as_emi: CheckingClient
) -> None:
    hidden = draft("Secret sale", chain(second, step("started_by_workflow"), step("stop")))
    workflow = draft("Mine", chain(first, step("friend_add"), step(START_WORKFLOW, workflow=hidden.id)))
    page = f"/workflows/{workflow.id}/steps/n1"
    shown = as_emi.get(page).text
    assert str(HIDDEN) in shown and "Secret sale" not in shown
    assert "is not active with the trigger" in as_emi.get(f"/workflows/{workflow.id}").text
    seen = digest_of(latest_graph(workflow).by_id["n1"])
    as_emi.post(page, data={"do": "done", "seen": seen, "workflow": str(hidden.id)})
    db.session.expire_all()
    assert working_graph(workflow, draft_of(workflow.id)).by_id["n1"].settings["workflow"] == hidden.id
    copy = life.duplicate(workflow.id, actor=emi)
    assert "workflow" not in latest_graph(copy).by_id["n1"].settings


def test_a_code_keeps_a_hidden_workflow_and_a_copy_of_it_does_not(first: Account, second: Account, emi: Actor) -> None:
    answers = chain(first, step("qr_code"), step("stop"))
    hidden = draft("Secret sale", of_accounts(answers, first, second))
    code = create_code(first.id, CodeSettings("Poster", workflow_id=hidden.id), actor=SYSTEM)
    changed = change_code(first.id, code.id, CodeSettings("Flyer", workflow_id=hidden.id), actor=emi)
    assert changed.workflow_id == hidden.id
    assert copy_code(first.id, code.id, actor=emi).workflow_id is None


def test_addresses_are_made_for_incoming_webhooks_alone(first: Account, second: Account) -> None:
    workflow = draft("Orders", chain(first, step(WEBHOOK_RECEIVED), step("stop")))
    for account, node in ((first, "junk"), (first, "n1"), (second, "n0")):
        with pytest.raises(NotFound):
            make_secret(workflow.id, account.id, node, actor=SYSTEM)
    assert make_secret(workflow.id, first.id, "n0", actor=SYSTEM)[0].account_id == first.id


def hidden_one(first: Account, second: Account, *steps: Node) -> Workflow:
    """A started workflow whose name is for those alone who may see both accounts."""
    workflow = draft("Secret sale", of_accounts(chain(first, *(steps or ENDLESS)), first, second))
    life.start(workflow.id, actor=SYSTEM)
    db.session.commit()
    return workflow


def test_usages_do_not_tell_its_name(first: Account, second: Account, restricted: Member, emi: Actor) -> None:
    tag = friends.tag(first, "VIP")
    tags = {str(first.id): [tag.id], str(second.id): [friends.tag(second, "VIP").id]}
    workflow = hidden_one(first, second, step("friend_add"), step("tag", tags=tags))
    (told,) = usages_of("tag", tag.id, emi)
    assert (told.kind, told.name, told.endpoint) == ("Workflow", "one of accounts that you do not see", "")
    assert usages_of("tag", tag.id, SYSTEM)[0].name == workflow.name


def test_a_code_of_its_own_does_not_tell_its_name(first: Account, second: Account, as_emi: CheckingClient) -> None:
    code = create_code(first.id, CodeSettings("Poster"), actor=SYSTEM)
    hidden_one(first, second, step("qr_code", codes={str(first.id): [code.id]}), step("stop"))
    for path in ("", f"/{code.id}"):
        shown = as_emi.get(f"/accounts/{first.id}/qr-codes{path}").text
        assert "one of accounts that you do not see" in shown and "Secret sale" not in shown, path
    answer = as_emi.post(f"/accounts/{first.id}/qr-codes/{code.id}/removal")
    assert answer.status_code in (409, 422) and "Secret sale" not in answer.text


def test_the_page_of_a_friend_does_not_tell_its_name(app: Flask, first: Account, second: Account) -> None:
    client = signed_in(app, member(permissions=["friends", "workflows"], account_ids=[first.id]))
    friend = friends.friend(first)
    run(hidden_one(first, second), friend)
    place = f"/accounts/{first.id}/friends/{friend.id}"
    assert str(HIDDEN) in client.get(place).text
    for path in ("", "/workflows"):
        assert "Secret sale" not in client.get(place + path).text


def test_conditions_do_not_tell_its_name(app: Flask, first: Account, second: Account, restricted: Member) -> None:
    asks = step("question", content=says("How many?"), kind="number", name="people", amount=1, unit="days")
    workflow = hidden_one(first, second, step("message", any=True), asks)
    mine = draft("Mine", chain(first, *ENDLESS))
    for who, names in ((SYSTEM, ["Mine", "Secret sale"]), (Actor.of_member(restricted), ["Mine"])):
        assert [name for _id, name in workflows_like(first.id, "", (), who)] == names
        kept = dict(workflows_like(first.id, "", [workflow.id], who))
        assert kept[mine.id] == "Mine" and (kept[workflow.id] == "Secret sale") is (who is SYSTEM)
        (asked,) = questions_of(first.id, who)
        assert asked.workflow == ("Secret sale" if who is SYSTEM else None)


def test_steps_and_problems_of_runs_do_not_tell_its_name(
    app: Flask, first: Account, second: Account, as_emi: CheckingClient
) -> None:
    hidden = hidden_one(first, second)
    workflow = draft("Mine", chain(first, *ENDLESS))
    about = {"problem": "workflows.circle", "problem_values": {"workflows": [workflow.id, hidden.id, workflow.id]}}
    failed = run(workflow, friends.friend(first), state=WorkflowRunState.FAILED, due_at=None, **about)
    done = {"kind": START_WORKFLOW, "result": "done", "note": {"workflow": hidden.id}}
    db.session.add(WorkflowStep(run_id=failed.id, number=1, node_id="n1", **done))
    db.session.commit()
    shown = as_emi.get(f"/workflows/{workflow.id}/runs/{failed.id}").text
    assert f"Mine → {HIDDEN} → Mine" in shown and f"Started: {HIDDEN}" in shown and "Secret sale" not in shown
