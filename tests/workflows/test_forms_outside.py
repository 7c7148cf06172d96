"""Forms of steps that change a menu, tell other systems, or tell members."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.core.outgoing.posting import LEADS_INSIDE
from app.line.models import Account
from app.messages.rich_menus.models import RichMenu
from app.team.actors import SYSTEM
from app.workflows.models import Workflow, WorkflowSecret
from app.workflows.operations.life import create_workflow
from app.workflows.queries.drafts import digest_of, draft_of, working_graph
from app.workflows.signing import PREFIX
from tests.factories import line, team
from tests.factories.workflows import chain, says, step
from tests.support.client import CheckingClient


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


def made(account: Account, kind: str) -> Workflow:
    asks = step("question", content=says("How many?"), kind="number", name="people", amount=1, unit="days")
    workflow = create_workflow("Steps", graph=chain(account, step("message", any=True), asks, step(kind)), actor=SYSTEM)
    db.session.commit()
    return workflow


def settings_of(workflow: Workflow) -> dict[str, Any]:
    db.session.expire_all()
    return dict(working_graph(workflow, draft_of(workflow.id)).by_id["n2"].settings)


def post(client: CheckingClient, workflow: Workflow, do: str = "done", **fields: Any) -> Any:
    db.session.expire_all()
    seen = digest_of(working_graph(workflow, draft_of(workflow.id)).by_id["n2"])
    return client.post(f"/workflows/{workflow.id}/steps/n2", data={"do": do, "seen": seen, **fields})


def page(client: CheckingClient, workflow: Workflow) -> str:
    return str(client.get(f"/workflows/{workflow.id}/steps/n2").text)


def secrets() -> list[WorkflowSecret]:
    return list(db.session.scalars(select(WorkflowSecret).order_by(WorkflowSecret.id)))


def test_a_menu_is_chosen_among_those_of_the_account(account: Account, as_alice: CheckingClient) -> None:
    workflow, other = made(account, "rich_menu"), line.account()
    assert "This account has no rich menus yet." in page(as_alice, workflow)
    menus = [
        RichMenu(account_id=one.id, name=name, content={}, mark=name, line_menu_id=at_line)
        for one, name, at_line in (
            (account, "Members", "richmenu-1"),
            (account, "Draft", None),
            (other, "Foreign", "x"),
        )
    ]
    db.session.add_all(menus)
    db.session.commit()
    shown = page(as_alice, workflow)
    assert "Members" in shown and "Draft (not at LINE)" in shown and "Foreign" not in shown
    fields = {"change": "set", f"menus-{account.id}": menus[1].id}
    answer = post(as_alice, workflow, **fields)
    assert "The rich menu “Draft” is not at LINE. Publish it first." in answer.text
    answer = post(as_alice, workflow, **{**fields, f"menus-{account.id}": menus[0].id})
    assert answer.status_code == 303
    assert settings_of(workflow) == {"change": "set", "menus": {str(account.id): menus[0].id}}
    assert post(as_alice, workflow, change="remove").status_code == 303
    assert settings_of(workflow) == {"change": "remove"}


def test_a_webhook_is_filled_in_and_its_secret_is_shown_once(account: Account, as_alice: CheckingClient) -> None:
    workflow = made(account, "send_webhook")
    offered = re.search(rf'name="secret" value="({PREFIX}[^"]+)"', page(as_alice, workflow))
    assert offered is not None
    fields = {"url": "https://crm.example/hook", "secret": offered[1], "status": "crm"}
    # Each change is kept at once, and the secret stays to be copied as long as the form is open.
    answer = post(as_alice, workflow, "keep", **fields)
    assert offered[1] in answer.text and len(secrets()) == 1
    rows = {"fields-row": "0", "fields-0-name": "guests", "fields-0-value": "{{answer.people|0}}"}
    results = {"results-row": "0", "results-0-name": "points", "results-0-path": "member.points"}
    answer = post(as_alice, workflow, "add-results", **fields, **rows, **results)
    assert 'name="results-1-name"' in answer.text
    assert post(as_alice, workflow, **fields, **rows, **results).status_code == 303
    (stored,) = secrets()
    assert stored.secret == offered[1] and settings_of(workflow) == {
        "url": "https://crm.example/hook",
        "fields": [{"name": "guests", "value": "{{answer.people|0}}"}],
        "results": [{"name": "points", "path": "member.points"}],
        "status": "crm",
        "secret": stored.id,
    }
    shown = page(as_alice, workflow)
    assert offered[1] not in shown and PREFIX not in re.sub("“whsec_”", "", shown)
    assert "A secret is stored, encrypted, and never shown again." in shown
    assert post(as_alice, workflow, **{**fields, "secret": ""}, **rows).status_code == 303
    assert settings_of(workflow)["secret"] == stored.id
    assert post(as_alice, workflow, **{**fields, "secret": "another secret of ours"}).status_code == 303
    assert settings_of(workflow)["secret"] == secrets()[1].id


def test_what_is_wrong_with_a_webhook_stands_at_its_field(account: Account, as_alice: CheckingClient) -> None:
    workflow = made(account, "send_webhook")
    rows = {"fields-row": "0", "fields-0-name": "guests", "fields-0-value": "{{answer.nothing|0}}"}
    answer = post(as_alice, workflow, url="http://crm.example/", secret="short", **rows)
    for field, sentence in (
        ("url", "Write the whole address, beginning with https://."),
        ("secret", "A secret has 16 to 200 letters, digits and marks."),
        ("fields", "“{{answer.nothing}}” is not known. Choose a value from the list."),
    ):
        assert re.search(rf'id="problem-{field}">{re.escape(sentence)}', answer.text), field
    for url in ("https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest"):
        answer = post(as_alice, workflow, url=url, secret="short", **rows)
        assert f'id="problem-url">{LEADS_INSIDE}' in answer.text, url
    assert "short" in answer.text and secrets() == [] and settings_of(workflow)["secret"] is None


def test_members_are_chosen_and_told_with_values(account: Account, as_alice: CheckingClient) -> None:
    workflow, reader = made(account, "notify_member"), team.member("Rei", permissions=["friends"])
    team.member("Elsewhere", permissions=["friends"], account_ids=[])
    assert "{{answer.people|}}" in page(as_alice, workflow) and "{{trigger.text|}}" in page(as_alice, workflow)
    answer = post(as_alice, workflow, "keep", to="chosen")
    assert "Rei" in answer.text and "Elsewhere" not in answer.text
    answer = post(as_alice, workflow, to="chosen", subject="", text="")
    for sentence in (
        "Choose who gets the e-mail.",
        "Enter the subject of the e-mail.",
        "Enter the text of the e-mail.",
    ):
        assert sentence in answer.text
    fields = {"subject": "{{display_name|A friend}}", "text": "Please call.\n{{answer.people|?}} people"}
    assert post(as_alice, workflow, to="chosen", members=[reader.id], **fields).status_code == 303
    assert settings_of(workflow) == {"to": "chosen", "members": [reader.id], **fields}
