"""The list of workflows: what a row says, filters, order, folders, and what is done from there."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.team.actors import SYSTEM
from app.team.models import AuditEntry
from app.team.permissions import Permission
from app.workflows.models import Workflow, WorkflowDay, WorkflowFolder, WorkflowStatus
from app.workflows.operations.drafts import add_trigger
from app.workflows.operations.life import archive, pause
from app.workflows.queries.drafts import stamp_of
from tests.conftest import signed_in
from tests.factories import friends, line, team
from tests.factories.workflows import active, draft, run, step
from tests.support.client import CheckingClient

URL = "/workflows"
ENDLESS = step("friend_add"), step("stop")


@pytest.fixture
def place(app: Flask) -> Account:
    return line.account(name="Shop")


def names(html: str) -> list[str]:
    return re.findall(r'id="name-workflow-\d+"[^>]*><bdi>([^<]*)<', html)


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def ran(workflow: Workflow, started: int, succeeded: int = 0, failed: int = 0) -> None:
    figures = {"started": started, "succeeded": succeeded, "failed": failed}
    db.session.add(WorkflowDay(workflow_id=workflow.id, day=now().date(), **figures))


def test_a_row_says_status_accounts_and_what_came_of_the_runs(place: Account, as_alice: CheckingClient) -> None:
    workflow = active(place, *ENDLESS, name="Welcome")
    workflow.description = "For new friends"
    ran(workflow, 1_200, 1_100, 7)
    page = as_alice.get(URL).text
    row = re.search(r'<tr id="row-workflow-.*?</tr>', page, re.DOTALL)
    assert row
    for words in ("Welcome", "For new friends", "Active", "Shop", "1,200", "1,100", ">7<", "Pause"):
        assert words in row[0], words
    assert f'href="{URL}/{workflow.id}"' in row[0]
    workflow.latest_version = 2
    assert re.search(r"Active.*version 1.*Draft.*version 2", as_alice.get(URL).text, re.DOTALL)
    assert as_alice.fragment(URL).text.strip().startswith('<div id="workflows-list"')


def test_a_row_says_that_changes_were_not_saved(place: Account, as_alice: CheckingClient) -> None:
    workflow = active(place, *ENDLESS, name="Welcome")
    assert "Unsaved changes" not in as_alice.get(URL).text
    add_trigger(workflow.id, "block", {}, seen=stamp_of(workflow, None), actor=SYSTEM)
    db.session.commit()
    assert "Unsaved changes" in as_alice.get(URL).text


def test_without_an_account_the_page_leads_to_connecting_one(
    app: Flask, as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    page = as_alice.get(URL).text
    assert "Connect your LINE Official Account first" in page and 'href="/accounts/new"' in page
    assert "Create Workflow</button>" not in page
    mina = signed_in(app, team.member(permissions=["workflows"]))
    assert "No LINE Official Account is connected yet" in mina.get(URL).text
    line.account()
    nora = signed_in(app, team.member(permissions=["workflows"], account_ids=[]))
    assert "has been opened to you yet" in nora.get(URL).text


def test_an_empty_list_says_what_a_workflow_is(place: Account, as_alice: CheckingClient) -> None:
    page = as_alice.get(URL).text
    assert "No workflows yet" in page and "workflow-create-dialog" in page


def test_search_status_account_and_order(place: Account, as_alice: CheckingClient) -> None:
    other = line.account(name="Other")
    one, two = active(place, *ENDLESS, name="Alpha"), active(other, *ENDLESS, name="beta")
    three = draft("Gamma")
    ran(one, 5, 2, 3)
    ran(two, 9, 9, 0)
    pause(two.id, actor=SYSTEM)
    assert names(as_alice.get(URL).text) == ["Gamma", "beta", "Alpha"]
    for query, found in {
        "search=ＡＬ": ["Alpha"],
        "status=active": ["Alpha"],
        "status=inactive": ["beta"],
        "status=draft": ["Gamma"],
        "status=archived": [],
        f"account={other.id}": ["beta"],
        "account=999999": [],
        "sort=name": ["Alpha", "beta", "Gamma"],
        "sort=runs": ["beta", "Alpha", "Gamma"],
        "sort=successes_least": ["Gamma", "Alpha", "beta"],
        "sort=failures": ["Alpha", "Gamma", "beta"],
    }.items():
        answer = as_alice.fragment(f"{URL}?{query}")
        assert names(answer.text) == found, query
        assert answer.headers["HX-Push-Url"].partition("?")[2], query
    archive(three.id, actor=SYSTEM)
    assert names(as_alice.get(URL).text) == ["beta", "Alpha"]
    assert names(as_alice.get(f"{URL}?status=archived").text) == ["Gamma"]
    assert "No workflow fits" in as_alice.get(f"{URL}?search=zzz").text


def test_pages_follow_one_another(place: Account, as_alice: CheckingClient) -> None:
    for number in range(27):
        draft(f"W{number:02}")
    page = as_alice.get(f"{URL}?sort=name&size=25").text
    onward = re.search(r'href="([^"]*after=[^"]*)"', page)
    assert names(page)[0] == "W00" and onward
    assert names(as_alice.get(onward[1].replace("&amp;", "&")).text) == ["W25", "W26"]


def test_workflows_of_accounts_that_are_not_the_members_stay_hidden(place: Account, app: Flask) -> None:
    mine, folder = line.account(name="Mine"), WorkflowFolder(name="Shared")
    hidden = active(place, *ENDLESS, name="Hidden")
    active(mine, *ENDLESS, name="Seen")
    db.session.add(folder)
    db.session.flush()
    hidden.folder_id = folder.id
    nora = signed_in(app, team.member(permissions=["workflows"], account_ids=[mine.id]))
    page = nora.get(URL).text
    assert names(page) == ["Seen"] and "Hidden" not in page
    assert re.search(r"<bdi>Shared</bdi> <span[^>]*>0<", page)
    for path in ("", "/start", "/pause", "/name", "/archive", "/removal"):
        assert nora.get(f"{URL}/{hidden.id}{path}").status_code == 404
    for path in ("/start", "/pause", "/name", "/archive", "/removal", "/copy", "/restoration"):
        assert nora.post(f"{URL}/{hidden.id}{path}", data={"name": "X"}).status_code == 404
    moved = nora.fragment(f"{URL}/moves", method="POST", data={"chosen": [hidden.id], "into": 0})
    assert moved.status_code == 422 and db.session.get_one(Workflow, hidden.id).folder_id == folder.id


def test_only_members_with_the_permission(place: Account, as_bob: CheckingClient) -> None:
    assert as_bob.get(URL).status_code == 403
    assert as_bob.post(URL, data={"name": "X"}).status_code == 403


def test_creating_opens_the_new_one(place: Account, as_alice: CheckingClient) -> None:
    assert as_alice.get(f"{URL}/new").status_code == 200
    folder = WorkflowFolder(name="Spring")
    db.session.add(folder)
    db.session.flush()
    given = {"name": " Welcome ", "description": "New friends", "folder": folder.id}
    answer = as_alice.fragment(URL, method="POST", data=given)
    made = db.session.scalars(select(Workflow)).one()
    assert answer.headers["HX-Redirect"] == f"{URL}/{made.id}"
    assert (made.name, made.description, made.folder_id) == ("Welcome", "New friends", folder.id)
    assert made.status == WorkflowStatus.DRAFT and actions() == ["workflow.created"]
    assert as_alice.get(f"{URL}/{made.id}").status_code == 200


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * 61}, "At most 60 characters."),
        ({"name": "Fine", "description": "x" * 1_001}, "At most 1000 characters."),
    ],
)
def test_what_cannot_be_stored_is_said_at_its_field(
    place: Account, as_alice: CheckingClient, given: dict[str, str], words: str
) -> None:
    refused = as_alice.fragment(URL, method="POST", data=given)
    assert refused.status_code == 422 and words in refused.text
    assert refused.text.strip().startswith('<form id="workflow-create-form"')
    workflow = draft("Old")
    refused = as_alice.fragment(f"{URL}/{workflow.id}/name", method="POST", data=given)
    assert refused.status_code == 422 and words in refused.text
    assert db.session.scalars(select(Workflow.name)).all() == ["Old"]


def on_list(client: CheckingClient, path: str, **data: object) -> TestResponse:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{URL}?sort=name"}
    return client.post(f"{URL}{path}", data=data, headers=headers)


def test_renaming(place: Account, as_alice: CheckingClient) -> None:
    workflow = draft("Old")
    assert 'value="Old"' in as_alice.fragment(f"{URL}/{workflow.id}/name").text
    answer = on_list(as_alice, f"/{workflow.id}/name", name="New", description="Words")
    assert "workflows-changed" in answer.headers["HX-Trigger"] and 'id="workflow-rename"' in answer.text
    assert (workflow.name, workflow.description) == ("New", "Words")
    elsewhere = as_alice.fragment(f"{URL}/{workflow.id}/name", method="POST", data={"name": "Newer"})
    assert elsewhere.headers["HX-Redirect"] == f"{URL}/{workflow.id}"
    assert as_alice.post(f"{URL}/{workflow.id}/name", data={"name": "Newest"}).location == f"{URL}/{workflow.id}"


def test_copying_archiving_and_bringing_back(place: Account, as_alice: CheckingClient) -> None:
    workflow = active(place, *ENDLESS, name="Welcome")
    on_list(as_alice, f"/{workflow.id}/copy")
    on_list(as_alice, f"/{workflow.id}/copy")
    assert names(as_alice.get(f"{URL}?status=draft&sort=name").text) == ["Welcome (copy 2)", "Welcome (copy)"]
    assert "Pause it first" in as_alice.fragment(f"{URL}/{workflow.id}/archive").text
    assert on_list(as_alice, f"/{workflow.id}/archive").status_code == 409
    pause(workflow.id, actor=SYSTEM)
    run(workflow, friends.friend(place))
    assert "1 run that stands still is cancelled" in as_alice.fragment(f"{URL}/{workflow.id}/archive").text
    assert "workflows-changed" in on_list(as_alice, f"/{workflow.id}/archive").headers["HX-Trigger"]
    assert workflow.status == WorkflowStatus.ARCHIVED
    assert "cannot be started" in as_alice.fragment(f"{URL}/{workflow.id}/start").text
    on_list(as_alice, f"/{workflow.id}/restoration")
    assert workflow.status == WorkflowStatus.INACTIVE


def test_deleting_names_what_waits_and_what_relies_on_it(place: Account, as_alice: CheckingClient) -> None:
    workflow = active(place, step("started_by_workflow"), step("stop"), name="Second")
    assert "Pause it first" in as_alice.fragment(f"{URL}/{workflow.id}/removal").text
    assert on_list(as_alice, f"/{workflow.id}/removal").status_code == 409
    first = active(place, step("friend_add"), step("start_workflow", workflow=workflow.id), name="First")
    pause(workflow.id, actor=SYSTEM)
    run(workflow, friends.friend(place))
    question = as_alice.fragment(f"{URL}/{workflow.id}/removal").text
    assert "cannot be deleted now" in question and "1 run has not ended" in question
    assert f'href="{URL}/{first.id}"' in question and "First" in question
    refused = on_list(as_alice, f"/{workflow.id}/removal")
    assert refused.status_code == 409 and "Workflow: First" in refused.headers["HX-Trigger"]
    pause(first.id, actor=SYSTEM)
    question = as_alice.fragment(f"{URL}/{workflow.id}/removal").text
    assert "would find nothing any more" in question and ">Delete<" in question
    answer = on_list(as_alice, f"/{workflow.id}/removal")
    assert "workflows-changed" in answer.headers["HX-Trigger"]
    assert db.session.scalars(select(Workflow.name)).all() == ["First"] and actions()[-1] == "workflow.deleted"
    assert as_alice.fragment(f"{URL}/{first.id}/removal", method="POST").headers["HX-Redirect"] == URL


def test_folders(place: Account, as_alice: CheckingClient) -> None:
    workflow = draft("Welcome")
    made = as_alice.fragment(f"{URL}/folders", method="POST", data={"name": "Spring"})
    folder_id = db.session.scalars(select(WorkflowFolder.id)).one()
    assert made.headers["HX-Redirect"] == f"{URL}?folder={folder_id}"
    assert "There is a folder" in as_alice.post(f"{URL}/folders", data={"name": "SPRING"}).text
    assert "This folder is empty" in as_alice.get(f"{URL}?folder={folder_id}").text
    moved = as_alice.fragment(f"{URL}/moves", method="POST", data={"chosen": [workflow.id], "into": folder_id})
    assert "workflows-changed" in moved.headers["HX-Trigger"]
    assert names(as_alice.get(f"{URL}?folder={folder_id}").text) == ["Welcome"]
    assert "Every workflow is in a folder" in as_alice.get(f"{URL}?folder=0").text
    assert as_alice.get(f"{URL}/folders/{folder_id}/edit").status_code == 200
    renamed = as_alice.post(f"{URL}/folders/{folder_id}", data={"name": "Summer"})
    assert renamed.location == f"{URL}?folder={folder_id}"
    assert as_alice.post(f"{URL}/folders/{folder_id}/removal").location == URL
    assert db.session.get_one(Workflow, workflow.id).folder_id is None
    made_of = ["workflow_folder.created", "workflow.moved", "workflow_folder.renamed", "workflow_folder.deleted"]
    assert [one for one in actions() if one != "workflow.created"] == made_of
    assert as_alice.get(f"{URL}?folder={folder_id}").status_code == 404


def test_the_menu_leads_there_also_without_an_account(app: Flask, as_alice: CheckingClient) -> None:
    entry = 'href="/workflows"'
    assert entry in as_alice.get("/profile").text
    assert "QR Codes" not in as_alice.get("/profile").text
    line.account()
    assert entry in as_alice.get("/profile").text
    assert entry not in signed_in(app, team.member(permissions=[Permission.TAGS])).get("/profile").text
