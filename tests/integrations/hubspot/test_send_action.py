"""HubSpot's workflows send LINE messages: registered, run, told what came of it, once, and stopped with the rest."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.executions.definition import definition
from app.integrations.hubspot.executions.performing import perform_due, tell_again
from app.integrations.hubspot.models import ExecutionState, HubSpotExecution
from app.integrations.hubspot.registering import register_app
from app.integrations.shared.models import Integration, IntegrationState
from app.messages.sending.delivery import deliver_due
from app.messages.sending.models import MessageSend
from tests.factories import integrations
from tests.factories.auto_messages import auto_message
from tests.messages.sending.conftest import Shop, channel, connect, hana, public, shop
from tests.sandbox.hubspot.portals import App, Portal, V
from tests.support.client import CheckingClient

__all__ = ["channel", "connect", "hana", "public", "shop"]
SEND = "/integrations/hubspot/actions/send"


@dataclass
class Desk:
    """A portal with the registered action, connected to the shop's account."""

    portal: Portal
    integration: Integration
    shop: Shop

    @property
    def action(self) -> str:
        (action,) = self.portal.control("GET", "/actions")["actions"]
        return str(action["id"])

    def run(self, contact: str, **inputs: Any) -> str:
        """Let a workflow of HubSpot run the action for a contact; its callback."""
        inputs = {"line_account": str(self.shop.account.id), **inputs}
        body = {"definition_id": self.action, "record_id": contact, "inputs": inputs}
        return str(self.portal.control("POST", "/executions", body)["callback_id"])

    def state(self, callback: str, *, of: str = "") -> dict[str, Any]:
        """What HubSpot knows of a run, once it is `of` this state or, without one, over."""
        for _ in range(500):
            found: dict[str, Any] = self.portal.control("GET", f"/executions/{callback}")
            if found["state"] == of or (not of and found["state"] not in {"WAITING", "BLOCK"}):
                return found
            time.sleep(0.01)
        raise AssertionError(found)

    def work(self, callback: str) -> dict[str, Any]:
        """Let workers do all of it; what HubSpot then knows."""
        self.state(callback, of="BLOCK")
        db.session.rollback()
        perform_due()
        deliver_due()
        perform_due()
        return self.state(callback)

    def texts(self) -> list[str]:
        """What LINE took."""
        return [message["text"] for entry in self.shop.log() for message in entry["messages"]]


@pytest.fixture
def desk(hubspot_app: App, portal: Portal, shop: Shop, public: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The action, registered with the developer key."""
    monkeypatch.setattr(settings, "public_url", public)
    assert settings.app is not None
    monkeypatch.setattr(settings, "app", replace(settings.app, developer_key=hubspot_app.developer_key))
    portal.connect()
    integration = integrations.integration(
        shop.account, remote_id=portal.portal_id, access_token=portal.token, refresh_token=portal.refresh_token
    )
    assert register_app()
    return Desk(portal, integration, shop)


@pytest.fixture
def contact(desk: Desk, hana: str) -> str:
    """A contact that is linked with a friend."""
    found = desk.portal.contact(firstname="花子")
    integrations.link(desk.integration, desk.shop.friend(hana), found)
    return found


def test_several_runs_are_settled_and_told_each_with_its_own_result(desk: Desk, contact: str) -> None:
    stranger = desk.portal.contact()
    callbacks = [desk.run(one, line_message=f"To {one}") for one in (contact, stranger, contact)]
    for callback in callbacks:
        desk.state(callback, of="BLOCK")
    db.session.rollback()
    perform_due()
    deliver_due()
    perform_due()
    assert [desk.state(one)["outputs"]["line_result"] for one in callbacks] == ["sent", "no_friend", "sent"]
    assert desk.texts() == [f"To {contact}"] * 2


def test_a_text_with_contact_tokens_reaches_the_friend(desk: Desk, contact: str) -> None:
    callback = desk.run(contact, line_message="{{ contact.firstname }}さん、{{display_name}} is not ours to fill")
    done = desk.work(callback)
    assert (done["state"], done["outputs"]["line_result"], done["outputs"]["line_reason"]) == ("SUCCESS", "sent", "")
    assert desk.texts()[-1].startswith("花子さん、")


def test_braces_in_a_value_of_the_contact_are_sent_as_they_are(desk: Desk, hana: str) -> None:
    contact = desk.portal.contact(firstname="{{display_name}}")
    integrations.link(desk.integration, desk.shop.friend(hana), contact)
    desk.work(desk.run(contact, line_message="Hello {{ contact.firstname }}"))
    assert desk.texts() == ["Hello {{display_name}}"]


def test_a_contact_that_names_its_line_user_id_needs_no_link(desk: Desk, hana: str) -> None:
    wanted = {"name": "line_user_id", "label": "LINE User ID", "groupName": "contactinformation"}
    made = desk.portal.post(f"/crm/properties/{V}/contacts", wanted | {"type": "string", "fieldType": "text"})
    assert made.status_code == 201, made.text
    contact = desk.portal.contact(line_user_id=hana)
    assert desk.work(desk.run(contact, line_message="Hi"))["state"] == "SUCCESS"
    assert desk.texts() == ["Hi"]


def test_an_auto_send_message_follows_the_text(desk: Desk, contact: str) -> None:
    prepared = auto_message(desk.shop.account, "Coupon", "Coupon")
    done = desk.work(desk.run(contact, line_message="Hi", line_auto_message=str(prepared.id)))
    assert (done["state"], desk.texts()) == ("SUCCESS", ["Hi", "Coupon"])
    assert db.session.scalars(select(MessageSend.auto_message_id)).all() == [prepared.id]


def test_the_same_request_again_sends_nothing_more(desk: Desk, contact: str, browser: CheckingClient) -> None:
    callback = desk.run(contact, line_message="Once")
    desk.state(callback, of="BLOCK")
    assert post(desk, browser, body_of(desk, callback, contact, line_message="Once")).status_code == 200
    desk.work(callback)
    assert post(desk, browser, body_of(desk, callback, contact, line_message="Once")).status_code == 200
    perform_due()
    deliver_due()
    assert desk.texts() == ["Once"]


def test_a_worker_that_is_killed_after_storing_the_send_sends_it_once(desk: Desk, contact: str) -> None:
    callback = desk.run(contact, line_message="Once")
    desk.state(callback, of="BLOCK")
    db.session.rollback()
    perform_due()
    db.session.execute(db.text("UPDATE hubspot_executions SET due_at = now(), leased_until = NULL"))
    db.session.commit()
    perform_due()
    deliver_due()
    perform_due()
    assert desk.state(callback)["state"] == "SUCCESS"
    assert desk.texts() == ["Once"]


@pytest.mark.parametrize(
    ("inputs", "result", "words"),
    [
        ({}, "refused", "neither a text nor"),
        ({"line_message": "x" * 5001}, "refused", "too long"),
        ({"line_message": "Hi", "line_account": "999999"}, "refused", "LINE account"),
        ({"line_auto_message": "999999"}, "refused", "does not exist any more"),
    ],
)
def test_what_cannot_be_sent_lets_the_workflow_go_on_with_a_reason(
    desk: Desk, contact: str, inputs: dict[str, str], result: str, words: str
) -> None:
    done = desk.work(desk.run(contact, **inputs))
    assert (done["state"], done["outputs"]["line_result"]) == ("FAIL_CONTINUE", result)
    assert words in done["outputs"]["line_reason"]
    assert desk.texts() == []


def test_a_contact_without_a_friend_and_one_who_blocked(desk: Desk, hana: str) -> None:
    stranger, blocked = desk.portal.contact(), desk.portal.contact()
    integrations.link(desk.integration, desk.shop.friend(hana), blocked)
    desk.shop.act(hana, "block")
    desk.shop.friend(hana)
    assert desk.work(desk.run(stranger, line_message="Hi"))["outputs"]["line_result"] == "no_friend"
    assert desk.work(desk.run(blocked, line_message="Hi"))["outputs"]["line_result"] == "blocked"
    assert desk.texts() == []


def test_a_refusal_of_line_is_told(desk: Desk, contact: str) -> None:
    desk.shop.fault("status", "push", status=400)
    done = desk.work(desk.run(contact, line_message="Hi"))
    assert (done["state"], done["outputs"]["line_result"]) == ("FAIL_CONTINUE", "refused")


def test_hubspot_is_told_later_when_it_does_not_answer(desk: Desk, contact: str) -> None:
    callback = desk.run(contact, line_message="Hi")
    desk.state(callback, of="BLOCK")
    db.session.rollback()
    wish = {"kind": "status", "path": "/automation/actions/callbacks/2026-03/{callback_id}/complete", "status": 503}
    desk.portal.server.api("POST", "/faults", {**wish, "channel_id": desk.portal.portal_id, "times": 20})
    perform_due()
    deliver_due()
    perform_due()
    row = db.session.scalars(select(HubSpotExecution)).one()
    assert (row.state, row.due_at is not None) == (ExecutionState.SETTLED, True)
    desk.portal.server.api("DELETE", "/faults")
    db.session.execute(db.text("UPDATE hubspot_executions SET due_at = now()"))
    db.session.commit()
    perform_due()
    assert desk.state(callback)["state"] == "SUCCESS"
    assert desk.texts() == ["Hi"]


def lose_the_approval(desk: Desk, contact: str) -> str:
    """Let HubSpot refuse us once the message was sent, and a worker notice it; the run that waits."""
    callback = desk.run(contact, line_message="Hi")
    desk.state(callback, of="BLOCK")
    db.session.rollback()
    perform_due()
    deliver_due()
    desk.integration.state, desk.integration.reason = IntegrationState.RECONNECT_NEEDED, "hubspot.reconnect_needed"
    db.session.commit()
    perform_due()
    db.session.expire_all()
    return callback


def test_a_run_whose_approval_was_lost_is_told_after_reconnecting(desk: Desk, contact: str) -> None:
    callback = lose_the_approval(desk, contact)
    row = db.session.scalars(select(HubSpotExecution)).one()
    assert (row.state, row.attempts, row.due_at is not None) == (ExecutionState.SETTLED, 0, True)
    assert perform_due() == 0
    desk.integration.state = IntegrationState.CONNECTED
    tell_again(desk.integration)
    db.session.commit()
    perform_due()
    done = desk.state(callback)
    assert (done["state"], done["outputs"]["line_result"]) == ("SUCCESS", "sent")
    assert desk.texts() == ["Hi"]


def test_a_run_that_hubspot_waits_for_no_longer_is_over(desk: Desk, contact: str) -> None:
    lose_the_approval(desk, contact)
    db.session.execute(db.text("UPDATE hubspot_executions SET due_at = now(), received_at = now() - interval '8 days'"))
    db.session.commit()
    perform_due()
    db.session.expire_all()
    row = db.session.scalars(select(HubSpotExecution)).one()
    assert (row.state, row.due_at, row.done_at is not None) == (ExecutionState.DONE, None, True)


def test_after_disconnecting_the_run_fails_with_a_sentence(desk: Desk, contact: str) -> None:
    desk.integration.state = IntegrationState.DISCONNECTED
    db.session.commit()
    done = desk.state(desk.run(contact, line_message="Hi"))
    assert done["state"] == "FAILED"
    assert "not connected with this HubSpot account any more" in done["detail"]
    assert db.session.scalars(select(HubSpotExecution)).all() == []


def test_the_workflow_editor_is_told_accounts_and_messages(desk: Desk, browser: CheckingClient) -> None:
    mine = auto_message(desk.shop.account, "Coupon")
    offered = options(desk, browser, "line_account")
    assert offered == [{"value": str(desk.shop.account.id), "label": desk.shop.account.name}]
    chosen = {"line_account": str(desk.shop.account.id)}
    assert options(desk, browser, "line_auto_message", chosen, "coup") == [{"value": str(mine.id), "label": "Coupon"}]
    assert options(desk, browser, "line_auto_message", chosen, "tea") == []


def test_requests_that_hubspot_did_not_sign_are_refused(desk: Desk, contact: str, browser: CheckingClient) -> None:
    body = body_of(desk, "ap-1", contact, line_message="Hi")
    assert browser.post(SEND, data=body, content_type="application/json").status_code == 401
    wrong = {"X-HubSpot-Signature": "0" * 64, "X-HubSpot-Signature-Version": "v2"}
    assert browser.post(SEND, data=body, headers=wrong, content_type="application/json").status_code == 401
    assert db.session.scalars(select(HubSpotExecution)).all() == []


@pytest.mark.parametrize("odd", [b"", b"[]", b"null", b'{"origin": 7}', b'{"origin": {"portalId": "x"}, "object": []}'])
def test_odd_requests_change_nothing(desk: Desk, browser: CheckingClient, odd: bytes) -> None:
    assert post(desk, browser, odd).status_code in {400, 410}


def test_registering_again_changes_nothing_and_a_new_address_makes_another(desk: Desk) -> None:
    before = desk.action
    assert register_app()
    assert desk.action == before
    assert definition()["labels"]["ja"]["actionName"] == "LINEメッセージを送信"


def body_of(desk: Desk, callback: str, contact: str, **inputs: Any) -> bytes:
    """A request as HubSpot makes it."""
    return json.dumps(
        {
            "callbackId": callback,
            "origin": {"portalId": int(desk.portal.portal_id)},
            "object": {"objectId": int(contact), "objectType": "CONTACT", "properties": {}},
            "inputFields": {"line_account": str(desk.shop.account.id), **inputs},
        }
    ).encode()


def post(desk: Desk, browser: CheckingClient, body: bytes, path: str = SEND) -> Any:
    """Post a request with HubSpot's signature."""
    signed = f"{desk.portal.app.client_secret}POST{settings.public_url}{path}".encode() + body
    headers = {"X-HubSpot-Signature": hashlib.sha256(signed).hexdigest(), "X-HubSpot-Signature-Version": "v2"}
    return browser.post(path, data=body, headers=headers, content_type="application/json")


def options(
    desk: Desk, browser: CheckingClient, field: str, inputs: dict[str, str] | None = None, typed: str = ""
) -> list[dict[str, str]]:
    """The choices that the workflow editor gets for a field."""
    asked = {
        "origin": {"portalId": int(desk.portal.portal_id)},
        "inputFieldName": field,
        "inputFields": {name: {"type": "OBJECT_PROPERTY", "value": value} for name, value in (inputs or {}).items()},
        "fetchOptions": {"q": typed},
    }
    answer = post(desk, browser, json.dumps(asked).encode(), "/integrations/hubspot/actions/options")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, str]] = answer.json["options"]
    return found
