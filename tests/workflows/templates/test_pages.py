"""Pages of templates, Save as a template, Export and Import."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.friends.models import Tag
from app.line.models import Account
from app.team.models import AuditEntry
from app.workflows.definition.graph import Graph, Node
from app.workflows.models import Workflow
from app.workflows.queries.workflows import latest_graph
from app.workflows.templates.models import WorkflowTemplate
from app.workflows.templates.own import OWN_TEMPLATES
from tests.conftest import signed_in
from tests.factories import friends as factory
from tests.factories import line
from tests.factories.team import member
from tests.factories.workflows import chain, draft, says, step
from tests.support.client import CheckingClient


@pytest.fixture
def place(app: Flask) -> Account:
    return line.account(name="Shop")


@pytest.fixture
def workflow(place: Account) -> Workflow:
    tag = step("tag", tags={str(place.id): [factory.tag(place, "VIP").id]}, change="add")
    return draft("Welcome", chain(place, step("friend_add"), tag, step("send_message", content=says("Hi"))))


def stored() -> WorkflowTemplate:
    db.session.rollback()
    return db.session.scalars(select(WorkflowTemplate)).one()


def keep(client: CheckingClient, workflow: Workflow, name: str = "Greeting") -> WorkflowTemplate:
    answer = client.post(f"/workflows/{workflow.id}/template", data={"name": name, "description": "For all"})
    assert answer.status_code == 303
    return stored()


def send(client: CheckingClient, content: bytes) -> Any:
    sent = {"file": (BytesIO(content), "welcome.workflow.json")}
    return client.post("/workflows/import", data=sent, content_type="multipart/form-data")


def test_templates_are_listed_and_each_of_ours_has_a_preview(place: Account, as_alice: CheckingClient) -> None:
    page = as_alice.get("/workflows/templates").text
    assert "Your team has no templates yet" in page
    for key, one in OWN_TEMPLATES.items():
        assert f'href="/workflows/templates/{key}"' in page and str(one.name) in page
        preview = as_alice.get(f"/workflows/templates/{key}").text
        assert str(one.purpose) in preview and all(str(blank.words) in preview for blank in one.blanks)
    assert as_alice.get("/workflows/templates/nothing").status_code == 404
    assert as_alice.get("/workflows/templates/999999").status_code == 404


def test_a_workflow_is_kept_as_a_template_renamed_used_and_deleted(
    workflow: Workflow, place: Account, as_alice: CheckingClient
) -> None:
    assert 'value="Welcome"' in as_alice.get(f"/workflows/{workflow.id}/template").text
    assert as_alice.post(f"/workflows/{workflow.id}/template", data={"name": " "}).status_code == 422
    template = keep(as_alice, workflow)
    assert "Greeting" in as_alice.get("/workflows/templates").text and "Greeting" in as_alice.get("/workflows/new").text
    url = f"/workflows/templates/{template.id}"
    as_alice.post(f"{url}/edit", data={"name": "Hello", "description": ""})
    assert stored().name == "Hello" and "Hello" in as_alice.get(f"{url}/edit").text
    assert as_alice.post(f"{url}/edit", data={"name": ""}).status_code == 422
    answer = as_alice.post("/workflows", data={"name": "Mine", "description": "Why", "template": template.id})
    assert answer.headers["Location"].startswith(f"{url}?") and "name=Mine" in answer.headers["Location"]
    page = as_alice.get(answer.headers["Location"]).text
    assert 'value="Mine"' in page and "Why" in page
    answer = as_alice.post(f"{url}/workflow", data={"name": "Mine", "description": "Why"})
    assert answer.status_code == 422 and "Choose at least one account." in answer.text
    as_alice.post(f"{url}/workflow", data={"name": "Mine", "description": "Why", "accounts": [place.id]})
    made = db.session.scalars(select(Workflow).where(Workflow.name == "Mine")).one()
    assert latest_graph(made) == latest_graph(db.session.get_one(Workflow, workflow.id))
    as_alice.post(f"{url}/removal")
    assert db.session.scalars(select(WorkflowTemplate)).all() == []
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    names = ["workflow_template.created", "workflow_template.renamed", "workflow.created", "workflow_template.deleted"]
    assert [one for one in actions if one in names][-4:] == names


def test_names_are_asked_for_in_the_chosen_account_and_made(
    workflow: Workflow, place: Account, as_alice: CheckingClient
) -> None:
    template, other = keep(as_alice, workflow), line.account(name="Branch")
    url = f"/workflows/templates/{template.id}"
    # The account of the menu is chosen already, and what its names are stands there at once.
    page = as_alice.get(url).text
    assert f'id="use-account-{place.id}" value="{place.id}" checked' in page and "Create “VIP”" not in page
    as_alice.get(f"/accounts/{other.id}/tags")
    page = as_alice.get(url).text
    assert f'id="use-account-{other.id}" value="{other.id}" checked' in page and "Create “VIP”" in page
    page = as_alice.post(f"{url}/workflow", data={"name": "Mine", "do": "look"}).text
    assert "To fill in:" in page and "VIP</bdi>" in page and "Create “VIP”" not in page
    chosen = {"name": "Mine", "accounts": [other.id]}
    page = as_alice.post(f"{url}/workflow", data={**chosen, "do": "look"}).text
    assert "Not found by this name." in page and "Create “VIP”" in page and "Fill in later" in page
    (field,) = re.findall(r'name="(name-[^"]*)"', page)
    as_alice.post(f"{url}/workflow", data={**chosen, field: "create"})
    tag = db.session.scalars(select(Tag).where(Tag.account_id == other.id)).one()
    made = db.session.scalars(select(Workflow).where(Workflow.name == "Mine")).one()
    assert latest_graph(made).nodes[1].settings["tags"] == {str(other.id): [tag.id]}


def test_a_file_is_exported_imported_and_gone_once_a_workflow_is_made_of_it(
    workflow: Workflow, place: Account, as_alice: CheckingClient, app: Flask
) -> None:
    answer = as_alice.get(f"/workflows/{workflow.id}/export")
    assert "Welcome.workflow.json" in answer.headers["Content-Disposition"]
    assert json.loads(answer.data)["nodes"][1]["settings"]["tags"] == ["VIP"]
    location = send(as_alice, answer.data).headers["Location"]
    template = stored()
    assert location == f"/workflows/templates/{template.id}" and 'value="Welcome"' in as_alice.get(location).text
    assert f'href="{location}"' not in as_alice.get("/workflows/templates").text, "no template of the team"
    bob = signed_in(app, member(permissions=["workflows"]))
    assert bob.get(location).status_code == 404, "an import is its member's"
    assert as_alice.post(f"{location}/removal").status_code == 404
    as_alice.post(f"{location}/workflow", data={"name": "Again", "accounts": [place.id]})
    assert db.session.scalars(select(WorkflowTemplate)).all() == []
    made = db.session.scalars(select(Workflow).where(Workflow.name == "Again")).one()
    assert latest_graph(made) == latest_graph(db.session.get_one(Workflow, workflow.id))


def test_faults_of_a_file_are_listed_with_their_places(as_alice: CheckingClient) -> None:
    assert "Choose a file that was exported" in as_alice.post("/workflows/import", data={}).text
    raw = {"format": "tomoru-workflow", "version": 1, "name": "", "nodes": [{"id": "<b>", "kind": "tag"}]}
    answer = send(as_alice, json.dumps(raw).encode())
    assert (
        answer.status_code == 422 and "<code>nodes[0].id</code>" in answer.text and "<code>name</code>" in answer.text
    )
    assert db.session.scalars(select(WorkflowTemplate)).all() == []


def test_strangers_and_members_of_other_accounts_see_no_template(
    workflow: Workflow, app: Flask, as_alice: CheckingClient
) -> None:
    template = keep(as_alice, workflow)
    url = f"/workflows/templates/{template.id}"
    other = line.account()
    mina = signed_in(app, member(permissions=["workflows"], account_ids=[other.id]))
    assert "Greeting" not in mina.get("/workflows/templates").text + mina.get("/workflows/new").text
    for answer in (
        mina.get(url),
        mina.get(f"{url}/edit"),
        mina.post(f"{url}/edit", data={"name": "Mine"}),
        mina.post(f"{url}/removal"),
        mina.post(f"{url}/workflow", data={"name": "Mine", "accounts": [other.id]}),
        mina.get(f"/workflows/{workflow.id}/export"),
        mina.post(f"/workflows/{workflow.id}/template", data={"name": "Mine"}),
    ):
        assert answer.status_code == 404
    nora = signed_in(app, member(permissions=["friends"]))
    assert nora.get("/workflows/templates").status_code == 403
    assert stored().name == "Greeting"


def test_a_member_makes_nothing_for_accounts_of_others_and_sets_no_webhook_up(
    place: Account, app: Flask, as_alice: CheckingClient
) -> None:
    hook = step("send_webhook", url="https://example.com", fields=[], results=[], status="")
    template = keep(as_alice, draft("Hook", chain(place, step("friend_add"), hook)))
    other = line.account()
    mina = signed_in(app, member(permissions=["workflows"], account_ids=[place.id]))
    url = f"/workflows/templates/{template.id}/workflow"
    assert mina.post(url, data={"name": "Mine", "accounts": [other.id]}).status_code == 404
    mina.post(url, data={"name": "Mine", "accounts": [place.id]})
    made = db.session.scalars(select(Workflow).where(Workflow.name == "Mine")).one()
    assert latest_graph(made).nodes[1] == Node("n1", "send_webhook", {}, {})


def test_an_empty_workflow_and_odd_settings_can_be_kept(place: Account, as_alice: CheckingClient) -> None:
    odd = Node("n1", "branch", {"branches": 3, "conditions": 4, "tags": "x", "content": [1]}, {})
    for graph in (Graph(), Graph((place.id,), (odd,))):
        template = keep(as_alice, draft("Odd", graph))
        assert as_alice.get(f"/workflows/templates/{template.id}").status_code == 200
        db.session.delete(stored())
        db.session.commit()
