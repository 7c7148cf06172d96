"""Webhooks send friends' data away: without *Export* they are seen and moved, and neither added nor changed."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.core.db import db
from app.core.errors import NotAllowed
from app.line.models import Account
from app.team.actors import Actor
from app.team.permissions import Permission
from app.workflows.actions.webhooks import SEND_WEBHOOK
from app.workflows.definition.graph import Graph
from app.workflows.models import Workflow
from app.workflows.operations import drafts, life
from app.workflows.operations.secrets import store_secret
from app.workflows.queries.drafts import digest_of, draft_of, stamp_of, working_graph
from app.workflows.queries.workflows import latest_graph
from tests.conftest import signed_in
from tests.factories import line
from tests.factories.team import member
from tests.factories.workflows import chain, draft, step
from tests.support.client import CheckingClient

WITH, WITHOUT = [Permission.WORKFLOWS, Permission.EXPORT], [Permission.WORKFLOWS]
ADDRESS = "https://crm.example/hook"


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


@pytest.fixture
def workflow(account: Account) -> Workflow:
    return draft("Sync", sync(account))


@pytest.fixture
def sender() -> Actor:
    return Actor.of_member(member("Sora", permissions=WITH))


@pytest.fixture
def editor() -> Actor:
    return Actor.of_member(member("Emi", permissions=WITHOUT))


def sync(account: Account, url: str = ADDRESS) -> Graph:
    secret = store_secret("a secret of sixteen letters", actor=Actor.of_member(member(permissions=WITH)))
    webhook = step(SEND_WEBHOOK, url=url, secret=secret, fields=[], results=[], status="")
    return chain(account, step("message", any=True), step("tag"), webhook)


def graph_of(workflow: Workflow) -> Graph:
    db.session.expire_all()
    return working_graph(workflow, draft_of(workflow.id))


def post(client: CheckingClient, workflow: Workflow, path: str, **fields: str) -> int:
    stamp = stamp_of(workflow, draft_of(workflow.id))
    return client.post(f"/workflows/{workflow.id}{path}", data={"stamp": stamp, **fields}).status_code


def test_the_form_is_shown_with_the_reason_and_cannot_be_saved(app: Flask, workflow: Workflow) -> None:
    client = signed_in(app, member("Emi", permissions=WITHOUT))
    shown = client.get(f"/workflows/{workflow.id}/steps/n2").text
    assert "Only members with the permission “Export of friends” can set it up." in shown
    assert ADDRESS in shown and re.search(r'<fieldset class="card mb-3" disabled>', shown)
    assert 'value="done"' not in shown and 'name="secret"' not in shown
    seen = digest_of(graph_of(workflow).by_id["n2"])
    for url in ("https://elsewhere.example/", ""):
        assert post(client, workflow, "/steps/n2", do="done", seen=seen, url=url) == 403
    assert graph_of(workflow).by_id["n2"].settings["url"] == ADDRESS


def test_it_is_neither_offered_nor_added(app: Flask, workflow: Workflow) -> None:
    place = f"/workflows/{workflow.id}/steps/new?after=n1&exit=next"
    client, other = signed_in(app, member("Emi", permissions=WITHOUT)), signed_in(app, member(permissions=WITH))
    assert 'value="tag"' in client.get(place).text and f'value="{SEND_WEBHOOK}"' not in client.get(place).text
    assert f'value="{SEND_WEBHOOK}"' in other.get(place).text
    added = {"kind": SEND_WEBHOOK, "after": "n1", "exit": "next"}
    assert post(client, workflow, "/steps", **added) == 403 and len(graph_of(workflow).nodes) == 3
    assert post(other, workflow, "/steps", **added) == 303 and len(graph_of(workflow).nodes) == 4


def test_all_else_of_the_workflow_can_be_changed(workflow: Workflow, editor: Actor, sender: Actor) -> None:
    number = workflow.id
    settings = {**graph_of(workflow).by_id["n2"].settings, "url": "https://other.example/"}
    seen = digest_of(graph_of(workflow).by_id["n2"])
    drafts.change_settings(number, "n2", settings, seen=seen, actor=sender)
    drafts.take_over(number, actor=editor)
    drafts.move_node(number, "n2", up=True, seen=stamp_of(workflow, draft_of(number)), actor=editor)
    # What a member with the permission has set is saved by any other.
    drafts.save_draft(number, seen=stamp_of(workflow, draft_of(number)), actor=editor)
    assert draft_of(number) is None and latest_graph(workflow).by_id["n2"].settings["url"] == "https://other.example/"
    stamp = stamp_of(workflow, draft_of(number))
    drafts.remove_node(number, "n2", seen=stamp, actor=editor)
    assert graph_of(workflow).node("n2") is None


def test_whole_graphs_are_no_way_around(account: Account, workflow: Workflow, editor: Actor, sender: Actor) -> None:
    changed = sync(account, "https://elsewhere.example/")
    with pytest.raises(NotAllowed):
        life.create_workflow("Other", graph=changed, actor=editor)
    with pytest.raises(NotAllowed):
        life.save_version(workflow.id, changed, seen=workflow.revision, actor=editor)
    assert life.save_version(workflow.id, changed, seen=workflow.revision, actor=sender).number == 2


def test_a_copy_keeps_the_address_for_those_alone_who_may_set_it(
    workflow: Workflow, editor: Actor, sender: Actor
) -> None:
    settings = latest_graph(workflow).by_id["n2"].settings
    assert latest_graph(life.duplicate(workflow.id, actor=sender)).by_id["n2"].settings == settings
    copied = latest_graph(life.duplicate(workflow.id, actor=editor))
    assert copied.by_id["n2"].settings == {} and copied.by_id["n1"].exits == {"next": "n2"}
