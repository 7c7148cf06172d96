"""HubSpot tells of changes: proven, kept once, read again in sets, and applied as by a sync."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import db
from app.core.due.sweep import sweep
from app.friends.models import Friend
from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.gateway.signatures import SignedRequest, v1, v2, v3
from app.integrations.hubspot.registering import register_app
from app.integrations.hubspot.webhooks import applying, receiving
from app.integrations.hubspot.webhooks.applying import apply_due
from app.integrations.shared import told
from app.integrations.shared.models import Integration, IntegrationEvent, IntegrationState, RemoteRecord
from app.integrations.shared.records import CONTACT
from app.line.models import Account
from tests.factories import integrations
from tests.factories.friends import friend
from tests.integrations.contacts import links
from tests.integrations.hubspot.conftest import connected
from tests.line.conftest import public
from tests.sandbox.hubspot.portals import App, Portal, V
from tests.support.client import CheckingClient

__all__ = ["public"]
PATH = "/integrations/hubspot/webhooks"


@dataclass
class Ear:
    """A portal that is in step, whose app sends events here."""

    portal: Portal
    integration: Integration
    place: Account

    def pair(self, **properties: str) -> tuple[Friend, str]:
        """A friend and the contact that is linked to them, known here."""
        person = friend(self.place)
        contact = self.contact(line_user_id=person.line_user_id, **properties)
        self.work()
        return person, contact

    def contact(self, **properties: str) -> str:
        """Make a contact as a person at HubSpot; its id."""
        return str(self.portal.control("POST", "/contacts", {"properties": properties})["id"])

    def work(self) -> None:
        """Wait until HubSpot has told everything, and let a worker apply it."""
        self.portal.wait()
        db.session.rollback()
        while apply_due(self.integration.id):
            pass
        db.session.expire_all()

    def edit(self, contact: str, **properties: str) -> None:
        """Edit a contact as a person at HubSpot."""
        self.portal.control("PATCH", f"/contacts/{contact}", {"properties": properties})

    def manner(self, **values: Any) -> None:
        """How roughly events are treated on their way."""
        self.portal.server.api("PATCH", f"/hubspot/apps/{self.portal.app.app_id}", {"webhooks": values})

    def merge(self, contact: str, other: str) -> None:
        """Merge the other contact into this one, as a person at HubSpot."""
        self.portal.control("POST", f"/contacts/{contact}/merge", {"other": other})

    def waiting(self) -> list[str]:
        """What waits to be applied."""
        db.session.rollback()
        return sorted(db.session.scalars(select(IntegrationEvent.key)))

    def calls(self, path: str) -> int:
        return sum(path in one["path"] for one in self.portal.requests())


@pytest.fixture
def ear(hubspot_app: App, portal: Portal, public: str, monkeypatch: pytest.MonkeyPatch) -> Ear:
    monkeypatch.setattr(settings, "public_url", public)
    assert settings.app is not None
    monkeypatch.setattr(settings, "app", replace(settings.app, developer_key=hubspot_app.developer_key))
    integration = connected(portal, watermarks={CONTACT: now().isoformat()})
    integrations.mapping(integration, "firstname", "first_name", is_default=True)
    integrations.mapping(integration, "lastname", "last_name", is_default=True)
    wanted = {"name": "line_user_id", "label": "LINE User ID", "groupName": "contactinformation"}
    made = portal.post(f"/crm/properties/{V}/contacts", wanted | {"type": "string", "fieldType": "text"})
    assert made.status_code == 201, made.text
    place = db.session.scalars(select(Account)).one()
    assert register_app()
    db.session.commit()
    return Ear(portal, integration, place)


def signed(body: bytes, scheme: str, secret: str, uri: str, at: float | None = None) -> dict[str, str]:
    """The headers of a request as HubSpot signs it."""
    request = SignedRequest("POST", uri, body, {})
    stamp = str(round((at or now().timestamp()) * 1000))
    if scheme == "v3":
        return {"X-HubSpot-Signature-v3": v3(secret, request, stamp), "X-HubSpot-Request-Timestamp": stamp}
    sign = {"v1": v1, "v2": v2}[scheme]
    return {"X-HubSpot-Signature": sign(secret, request), "X-HubSpot-Signature-Version": scheme}


def post(ear: Ear, browser: CheckingClient, events: Any, **options: Any) -> Any:
    """Post events by hand, signed rightly unless told otherwise."""
    body = events if isinstance(events, bytes) else json.dumps(events).encode()
    secret = options.get("secret", ear.portal.app.client_secret)
    uri = options.get("uri", f"{settings.public_url}{PATH}{options.get('query', '')}")
    headers = signed(body, options.get("scheme", "v3"), secret, uri, options.get("at"))
    path = f"{PATH}{options.get('query', '')}"
    return browser.post(path, data=body, headers=headers, content_type="application/json")


def event(ear: Ear, kind: str, **fields: Any) -> dict[str, Any]:
    about = {"portalId": int(ear.portal.portal_id), "subscriptionType": kind, "changeSource": "CRM_UI"}
    return {**about, "occurredAt": round(now().timestamp() * 1000), **fields}


class TestArriving:
    def test_an_edit_reaches_the_friend_and_the_time_is_noted(self, ear: Ear) -> None:
        person, contact = ear.pair(firstname="Hana")
        assert person.first_name == "Hana"
        assert links(ear.integration) == {person.id: (contact, "line_user_id")}
        ear.edit(contact, firstname="花", lastname="山田")
        ear.work()
        assert (person.first_name, person.last_name) == ("花", "山田")
        assert ear.waiting() == []
        assert ear.integration.last_event_at is not None
        ear.edit(contact, firstname="")
        ear.work()
        assert person.first_name is None

    def test_deletion_restoring_and_erasing(self, ear: Ear) -> None:
        person, contact = ear.pair(firstname="Hana")
        ear.portal.control("DELETE", f"/contacts/{contact}")
        ear.work()
        assert links(ear.integration) == {}
        assert person.links == {}
        assert person.first_name == "Hana"
        ear.portal.control("POST", f"/contacts/{contact}/restore")
        ear.work()
        assert links(ear.integration) == {person.id: (contact, "line_user_id")}
        ear.portal.control("POST", f"/contacts/{contact}/erase")
        ear.work()
        assert links(ear.integration) == {}
        assert db.session.scalars(select(RemoteRecord)).all() == []

    def test_a_chain_of_merges_ends_at_the_last_contact(self, ear: Ear) -> None:
        person, first = ear.pair(firstname="Hana")
        second, last = ear.contact(firstname="B"), ear.contact(firstname="Last")
        ear.work()
        ear.manner(shuffle=True)
        ear.merge(second, first)
        ear.merge(last, second)
        ear.work()
        assert {one for one, _way in links(ear.integration).values()} == {last}
        assert [one.remote_id for one in db.session.scalars(select(RemoteRecord))] == [last]
        assert person.first_name == "Last"

    def test_another_company_and_a_new_name_reach_the_friend(self, ear: Ear) -> None:
        integrations.mapping(ear.integration, "name", "company", record_kind="company")
        assert register_app()
        person, contact = ear.pair(firstname="Hana")
        one, other = (
            ear.portal.control("POST", "/companies", {"properties": {"name": name}})["id"] for name in ("灯", "雲")
        )
        ear.portal.control("PUT", f"/contacts/{contact}/company", {"company": one})
        ear.work()
        assert person.company == "灯"
        ear.portal.control("PATCH", f"/companies/{one}", {"properties": {"name": "灯珈琲"}})
        ear.work()
        assert person.company == "灯珈琲"
        ear.portal.control("PUT", f"/contacts/{contact}/company", {"company": other, "primary": True})
        ear.work()
        assert person.company == "雲"
        ear.portal.control("DELETE", f"/companies/{other}")
        ear.work()
        assert person.company in (None, "灯珈琲")

    def test_duplicates_in_any_order_do_what_one_event_does(self, ear: Ear) -> None:
        person, contact = ear.pair(firstname="Hana")
        ear.manner(duplicate_rate=1.0, shuffle=True, batch_size=3)
        for number in range(20):
            ear.edit(contact, firstname=f"Name {number}", lastname=f"Last {number}")
        ear.portal.wait()
        assert ear.waiting() == [f"contact:{contact}"]
        ear.work()
        assert (person.first_name, person.last_name) == ("Name 19", "Last 19")

    @pytest.mark.parametrize("signatures", [["v1"], ["v2"], ["v3"], ["v1", "v3"]])
    def test_every_scheme_of_signatures_is_taken(self, ear: Ear, signatures: list[str]) -> None:
        ear.manner(signatures=signatures)
        _person, contact = ear.pair(firstname="Hana")
        ear.edit(contact, firstname="Aki")
        ear.portal.wait()
        assert ear.waiting() == [f"contact:{contact}"]

    def test_events_of_a_project_name_the_kind_of_record_apart(self, ear: Ear) -> None:
        person, contact = ear.pair(firstname="Hana")
        app = ear.portal.app
        path = f"/webhooks/{V}/{app.app_id}/subscriptions"
        for one in app.call("GET", path).json()["results"]:
            app.call("DELETE", f"{path}/{one['id']}")
        about = {"objectTypeId": "0-1", "active": True}
        app.call("POST", path, {"eventType": "object.propertyChange", "propertyName": "firstname", **about})
        ear.edit(contact, firstname="Aki")
        ear.work()
        assert person.first_name == "Aki"


class TestQuiet:
    def test_our_own_changes_are_dropped(self, ear: Ear) -> None:
        _person, contact = ear.pair(firstname="Hana")
        before = ear.calls("/batch/read")
        ear.portal.call("PATCH", f"/crm/objects/{V}/contacts/{contact}", {"properties": {"firstname": "Ours"}})
        ear.portal.wait()
        assert ear.waiting() == []
        assert ear.calls("/batch/read") == before

    def test_unknown_and_disconnected_portals_are_dropped(self, ear: Ear, browser: CheckingClient) -> None:
        told_of = event(ear, "contact.deletion", objectId=7)
        assert post(ear, browser, [told_of | {"portalId": 1}]).json == {"events": 0}
        for state in (IntegrationState.DISCONNECTED, IntegrationState.UNINSTALLED, IntegrationState.PENDING):
            ear.integration.state = state
            db.session.commit()
            assert post(ear, browser, [told_of]).json == {"events": 0}
        assert ear.waiting() == []

    def test_what_waits_when_the_connection_ends_is_not_applied_and_goes(self, ear: Ear) -> None:
        _person, contact = ear.pair(firstname="Hana")
        ear.edit(contact, firstname="Aki")
        ear.portal.wait()
        ear.integration.state = IntegrationState.DISCONNECTED
        db.session.commit()
        before = len(ear.portal.requests())
        sweep()
        apply_due(ear.integration.id)
        assert len(ear.portal.requests()) == before
        told.prune()
        assert ear.waiting() == [f"contact:{contact}"]
        db.session.execute(db.text("UPDATE integration_events SET received_at = now() - interval '3 days'"))
        db.session.commit()
        told.prune()
        assert ear.waiting() == []

    def test_events_wait_until_all_contacts_are_read_once(self, ear: Ear) -> None:
        ear.integration.watermarks = {}
        db.session.commit()
        contact = ear.contact(firstname="Hana")
        ear.edit(contact, firstname="Aki")
        before = ear.calls("/batch/read")
        ear.work()
        assert ear.waiting() == [f"contact:{contact}"]
        assert ear.calls("/batch/read") == before

    def test_a_property_that_is_gone_empties_no_field(self, ear: Ear) -> None:
        about = {"name": "shop", "label": "Shop", "groupName": "contactinformation"}
        path = f"/crm/properties/{V}/contacts"
        assert ear.portal.post(path, about | {"type": "string", "fieldType": "text"}).status_code == 201
        mapped = integrations.mapping(ear.integration, "shop", "company")
        person, contact = ear.pair(firstname="Hana", shop="灯")
        assert person.company == "灯"
        assert ear.portal.call("DELETE", f"{path}/shop").status_code == 204
        ear.edit(contact, firstname="Aki")
        ear.work()
        assert (person.first_name, person.company) == ("Aki", "灯")
        assert mapped.problem is not None


class TestRefusing:
    def test_a_wrong_key_and_another_address_are_told_apart_from_a_wrong_clock(
        self, ear: Ear, browser: CheckingClient
    ) -> None:
        told_of = [event(ear, "contact.deletion", objectId=7)]
        wrong_key = "not signed with the client secret"
        for options, words in (
            ({"secret": "another"}, wrong_key),
            ({"uri": f"https://other.example{PATH}"}, wrong_key),
            ({"at": now().timestamp() - 301}, "more than 5 minutes away"),
            ({"at": now().timestamp() + 310}, "more than 5 minutes away"),
            ({"secret": "another", "scheme": "v1"}, wrong_key),
        ):
            answer = post(ear, browser, told_of, **options)
            assert answer.status_code == 401
            assert words in answer.json["message"]
        assert browser.post(PATH, data=b"[]").status_code == 401
        assert ear.waiting() == []

    def test_the_settings_say_why_the_last_request_was_refused(
        self, ear: Ear, browser: CheckingClient, as_alice: CheckingClient
    ) -> None:
        def shown() -> str:
            return as_alice.fragment(f"/integrations/hubspot/{ear.integration.id}/webhooks").text

        told_of = [event(ear, "contact.deletion", objectId=7)]
        browser.post(PATH, data=b"[]")
        assert "alert" not in shown(), "Strangers without a signature are no news."
        post(ear, browser, told_of, secret="another")
        assert "not signed with the client secret" in shown()
        assert "1 request of HubSpot was refused lately." in shown()
        assert "lately. Settings says why." in as_alice.get(f"/integrations/hubspot/{ear.integration.id}").text
        post(ear, browser, told_of, at=now().timestamp() - 301)
        assert "more than 5 minutes away from the clock of this server" in shown()
        assert "2 requests of HubSpot were refused lately." in shown() and "within seconds" not in shown()
        post(ear, browser, told_of)
        assert "alert" not in shown()

    def test_the_address_may_carry_a_query(self, ear: Ear, browser: CheckingClient) -> None:
        told_of = [event(ear, "contact.deletion", objectId=7)]
        assert post(ear, browser, told_of, query="?from=a:b@c").status_code == 200
        assert ear.waiting() == ["contact:7"]

    def test_a_body_that_is_too_large_is_refused_unread(self, ear: Ear, browser: CheckingClient) -> None:
        assert post(ear, browser, b" " * 1_000_001).status_code == 413

    @pytest.mark.parametrize("odd", [b"", b"null", b"{}", b"[1, null, []]", b'[{"portalId": true}]', b"\xff"])
    def test_odd_bodies_with_a_signature_are_taken_and_change_nothing(
        self, ear: Ear, browser: CheckingClient, odd: bytes
    ) -> None:
        assert post(ear, browser, odd).json == {"events": 0}
        assert ear.waiting() == []

    def test_odd_events_of_a_known_portal_change_nothing(self, ear: Ear, browser: CheckingClient) -> None:
        odd = [
            event(ear, "contact.deletion"),
            event(ear, "deal.creation", objectId=7),
            event(ear, "object.creation", objectId=7, objectTypeId="0-3"),
            event(ear, "contact.associationChange", associationType="CONTACT_TO_DEAL", fromObjectId=7),
            event(ear, "contact.merge", mergedObjectIds=[{}, None]),
            {"portalId": int(ear.portal.portal_id)},
        ]
        assert post(ear, browser, odd).json == {"events": 6}
        assert ear.waiting() == []


def test_ten_thousand_events_are_read_in_sets(ear: Ear, browser: CheckingClient) -> None:
    ear.portal.control("PATCH", "", {"population": {"contacts": 2_500, "companies": 0, "per_stamp": 100_000}})
    first = int(ear.portal.get(f"/crm/objects/{V}/contacts", params={"limit": 1}).json()["results"][0]["id"])
    for at in range(0, 10_000, 1000):
        some = [event(ear, "contact.propertyChange", objectId=first + (at + n) % 2_500) for n in range(1000)]
        assert post(ear, browser, some).json == {"events": 1000}
    assert len(ear.waiting()) == 2_500
    before = ear.calls("/batch/read")
    ear.work()
    assert ear.waiting() == []
    assert ear.calls("/batch/read") - before == 25
    assert db.session.scalar(select(func.count()).select_from(RemoteRecord)) == 2_500


def test_what_is_told_while_it_is_applied_is_applied_once_more(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    person, contact = ear.pair(firstname="Hana")
    ear.edit(contact, firstname="Aki")
    ear.portal.wait()
    read, times = applying.read_again, []

    def and_edit(*about: Any) -> None:
        read(*about)
        if not times:
            times.append(1)
            ear.edit(contact, firstname="Mio")
            ear.portal.wait()

    monkeypatch.setattr(applying, "read_again", and_edit)
    ear.work()
    assert person.first_name == "Mio"
    assert ear.waiting() == []


def test_hubspot_that_does_not_answer_lets_events_wait(ear: Ear) -> None:
    person, contact = ear.pair(firstname="Hana")
    ear.edit(contact, firstname="Aki")
    ear.portal.wait()
    path = f"/crm/objects/{V}/contacts/batch/read"
    trouble = {"kind": "status", "path": path, "status": 503, "times": 50, "channel_id": ear.portal.portal_id}
    ear.portal.server.api("POST", "/faults", trouble)
    ear.work()
    row = db.session.scalars(select(IntegrationEvent)).one()
    assert (row.reason, row.due_at is not None) == ("hubspot.unavailable", True)
    ear.portal.server.api("DELETE", "/faults")
    row.due_at = now()
    db.session.commit()
    ear.work()
    assert person.first_name == "Aki"


def test_a_worker_is_woken_for_each_portal_that_was_told_of(
    ear: Ear, browser: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr(receiving.queue, "after_commit", lambda _session, name, *args, **_: woken.append((name, *args)))
    post(ear, browser, [event(ear, "contact.deletion", objectId=number) for number in (7, 8)])
    assert woken == [(receiving.WAKE, ear.integration.id)]
