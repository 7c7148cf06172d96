"""The step of workflows that writes a property of HubSpot: each type, mapped and not, and all that can go wrong."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from app.core.clock import database_now, now
from app.core.db import db
from app.core.i18n import zone
from app.friends.models import Friend, FriendValueSource, ValueSource
from app.integrations.hubspot.changing.sending import changed
from app.integrations.hubspot.changing.storing import NewChange, store_changes
from app.integrations.shared.models import IntegrationState, RemoteLink
from app.integrations.shared.step_models import RemoteChange
from app.workflows.definition.checks import findings
from app.workflows.models import WorkflowStep
from tests.factories import friends, integrations
from tests.factories.line import account
from tests.factories.workflows import active, chain, step
from tests.integrations.hubspot.desk import Counter
from tests.sandbox.hubspot.portals import App, Portal
from tests.workflows.conftest import Shop, channel, connect, hana, public, runs, settle, shop

__all__ = ["channel", "connect", "hana", "public", "shop"]
HELLO = [{"text": "hello", "match": "equals"}]


@pytest.fixture
def desk(hubspot_app: App, portal: Portal, shop: Shop) -> Counter:
    several = {"type": "enumeration", "fieldType": "checkbox"}
    portal.connect()
    for name, about in {
        "beans": {**several, "options": [{"label": one.upper(), "value": one} for one in ("kenya", "java", "brazil")]},
        "visit_day": {"type": "date", "fieldType": "date"},
        "seen_at": {"type": "datetime", "fieldType": "date"},
        "cups": {"type": "number", "fieldType": "number"},
        "regular": {
            "type": "bool",
            "fieldType": "booleancheckbox",
            "options": [{"label": "Often", "value": "true"}, {"label": "Never", "value": "false"}],
        },
    }.items():
        wish = {"name": name, "label": name.title(), "groupName": "contactinformation", **about}
        answer = portal.post("/crm/properties/2026-03/contacts", wish)
        assert answer.status_code == 201, answer.text
    return Counter.open(shop, portal)


@pytest.fixture
def contact(desk: Counter, hana: str) -> str:
    """The contact of the friend."""
    found = desk.portal.contact(firstname="花子", beans="kenya")
    integrations.link(desk.connected, desk.shop.friend(hana), found)
    return found


def test_values_of_every_type_reach_hubspot(desk: Counter, contact: str, hana: str) -> None:
    today = now().astimezone(zone()).date().isoformat()
    run = desk.run(
        hana,
        desk.update("jobtitle", "Guest {{first_name|without a name}}"),
        desk.update("visit_day", change="today"),
        desk.update("cups", "1,250"),
        desk.update("regular", "true"),
        desk.update("lifecyclestage", "customer"),
        desk.update("seen_at", "2026-04-01T09:30"),
        desk.update("beans", ["java"], "add"),
    )
    for _ in range(8):
        desk.make()
    assert runs()[0].state == "succeeded", desk.made(run)
    told = desk.holds(contact, "jobtitle", "visit_day", "cups", "regular", "lifecyclestage", "seen_at", "beans")
    assert told == [
        "Guest without a name",
        today,
        "1250",
        "true",
        "customer",
        "2026-04-01T00:30:00.000Z" if str(zone()) == "Asia/Tokyo" else told[5],
        "kenya;java",
    ]
    notes = db.session.scalars(select(WorkflowStep.note).order_by(WorkflowStep.number)).all()
    assert notes[4] == {"hubspot_property": "Lifecycle Stage", "hubspot_change": "set", "hubspot_value": "Customer"}
    assert notes[6]["hubspot_value"] == ["JAVA"]


@pytest.mark.parametrize(
    ("change", "value", "left"),
    [
        ("add", ["java"], "kenya;java"),
        ("add", ["kenya"], "kenya"),
        ("remove", ["kenya"], ""),
        ("remove", ["java"], "kenya"),
        ("set", ["java", "brazil"], "java;brazil"),
        ("clear", None, ""),
    ],
)
def test_several_choices(desk: Counter, contact: str, hana: str, change: str, value: Any, left: str) -> None:
    desk.run(hana, desk.update("beans", value, change))
    assert desk.holds(contact, "beans") == [left]


def test_choices_keep_their_order() -> None:
    assert changed("c;a", "add", "b;a") == "c;a;b"
    assert changed("c;a;b", "remove", "a;x") == "c;b"
    assert changed("", "add", "b") == "b"
    assert changed("c", "set", "") == ""


def test_a_mapped_property_goes_by_way_of_the_friend(desk: Counter, contact: str, hana: str) -> None:
    integrations.mapping(desk.connected, "company", "company", remote_label="Company")
    run = desk.run(hana, desk.update("company", "花屋"))
    assert (desk.made(run), db.session.scalar(select(RemoteChange.id))) == (("done", "next", None), None)
    friend = db.session.scalars(select(Friend).where(Friend.line_user_id == hana)).one()
    sources = db.session.get_one(FriendValueSource, friend.id).sources
    kind = db.session.get_one(ValueSource, sources["company"][0]).kind
    is_due = db.session.scalars(select(RemoteLink.due_at)).one() is not None
    assert (friend.company, kind, is_due) == ("花屋", "workflow", True)


def test_choices_are_added_to_those_of_the_friend(desk: Counter, contact: str, hana: str) -> None:
    options = [[one, one.upper()] for one in ("kenya", "java", "brazil")]
    types = {"remote_type": "enumeration", "remote_field_type": "checkbox", "options": options}
    integrations.mapping(desk.connected, "beans", "company", **types)
    friend = desk.shop.friend(hana)
    friend.company = "BRAZIL"
    db.session.commit()
    desk.run(hana, desk.update("beans", ["java"], "add"))
    db.session.expire_all()
    assert desk.shop.friend(hana).company == "JAVA; BRAZIL"


def test_a_friend_without_a_contact_goes_on_by_the_other_exit(desk: Counter, hana: str) -> None:
    to_stop = step(
        "hubspot_property", {"error": "2"}, hubspot_properties=desk.chosen("cups"), change="set", hubspot_value="3"
    )
    run = desk.run(hana, to_stop, step("stop", {"-": ""}), step("stop"))
    assert desk.made(run) == ("failed", "error", "hubspot.no_contact")
    assert db.session.scalar(select(RemoteChange.id)) is None


def test_a_contact_is_ordered_where_friends_are_to_get_one(desk: Counter, hana: str) -> None:
    desk.connected.creates_records, desk.connected.watermarks = True, {"contact": now().isoformat()}
    db.session.commit()
    run = desk.run(hana, desk.update("cups", "3"))
    assert desk.made(run)[0] == "waits"
    link = db.session.scalars(select(RemoteLink)).one()
    assert (link.found_by, link.remote_id, link.due_at is not None) == ("created", None, True)
    made = desk.portal.contact(firstname="Hana")
    link.remote_id, link.due_at = made, None
    db.session.execute(text("UPDATE remote_changes SET due_at = now()"))
    db.session.commit()
    desk.make()
    assert (runs()[0].state, desk.holds(made, "cups")) == ("succeeded", ["3"])


def test_a_contact_that_cannot_be_made_fails_the_step(desk: Counter, hana: str) -> None:
    integrations.link(desk.connected, desk.shop.friend(hana), None, reason="hubspot.required_property")
    assert desk.made(desk.run(hana, desk.update("cups", "3")))[2] == "hubspot.required_property"


def test_hubspot_that_is_away_or_busy_is_asked_again(desk: Counter, contact: str, hana: str) -> None:
    wish = {"kind": "status", "path": "/crm/objects/2026-03/contacts/batch/update", "status": 503, "times": 20}
    desk.portal.server.api("POST", "/faults", {**wish, "channel_id": desk.portal.portal_id})
    run = desk.run(hana, desk.update("cups", "3"))
    assert (desk.made(run)[0], desk.holds(contact, "cups")) == ("waits", [""])
    desk.portal.server.api("DELETE", "/faults")
    db.session.execute(text("UPDATE remote_changes SET due_at = now()"))
    db.session.commit()
    desk.make()
    assert (runs()[0].state, desk.holds(contact, "cups")) == ("succeeded", ["3"])


def test_what_hubspot_has_deleted_fails_the_step(desk: Counter, contact: str, hana: str) -> None:
    desk.portal.call("DELETE", "/crm/properties/2026-03/contacts/cups")
    assert desk.made(desk.run(hana, desk.update("cups", "3"), word="a"))[2] == "hubspot.property_gone"
    desk.portal.call("DELETE", f"/crm/objects/2026-03/contacts/{contact}")
    assert desk.made(desk.run(hana, desk.update("visit_day", change="today"), word="b"))[2] == "hubspot.contact_gone"


def test_a_property_that_a_sync_misses_fails_the_step(desk: Counter, contact: str, hana: str) -> None:
    active(
        desk.shop.account, step("message", keywords=[{"text": "hello", "match": "equals"}]), desk.update("cups", "3")
    )
    desk.portal.call("DELETE", "/crm/properties/2026-03/contacts/cups")
    desk.read_properties()
    assert desk.property("cups").deleted_at is not None
    desk.shop.say(hana, "hello")
    settle()
    assert desk.made(runs()[0])[2] == "hubspot.property_gone"


def test_one_refused_value_costs_only_itself(desk: Counter, contact: str, hana: str) -> None:
    other = friends.friend(desk.shop.account)
    another = desk.portal.contact(firstname="Jiro")
    integrations.link(desk.connected, other, another)
    people = [(desk.shop.friend(hana).id, "a", "many"), (other.id, "b", "2")]
    store_changes(
        NewChange(desk.connected.id, friend_id, key, "cups", "set", value) for friend_id, key, value in people
    )
    db.session.commit()
    assert desk.make() == 2
    rows = {one.key: one.reason for one in db.session.scalars(select(RemoteChange))}
    assert rows == {"a": "hubspot.no_number", "b": None}
    assert (desk.holds(contact, "cups"), desk.holds(another, "cups")) == ([""], ["2"])


@pytest.mark.parametrize("change", ["add", "set"])
def test_a_contact_of_which_an_answer_says_nothing_is_tried_again(
    desk: Counter, contact: str, hana: str, change: str
) -> None:
    desk.portal.switch(failing_inputs={contact: "NO_ANSWER"})
    store_changes([NewChange(desk.connected.id, desk.shop.friend(hana).id, "a", "beans", change, "java")])
    db.session.commit()
    desk.make()
    row = db.session.scalars(select(RemoteChange)).one()
    assert (row.ended_at, row.reason) == (None, "hubspot.record_busy")
    desk.portal.switch(failing_inputs={})
    db.session.execute(text("UPDATE remote_changes SET due_at = now()"))
    db.session.commit()
    desk.make()
    assert "java" in desk.holds(contact, "beans")[0]


def test_two_friends_of_one_contact_are_written_together(desk: Counter, contact: str, hana: str) -> None:
    other = friends.friend(account())
    integrations.link(desk.connected, other, contact)
    people = [(desk.shop.friend(hana).id, "a", "java"), (other.id, "b", "brazil")]
    store_changes(NewChange(desk.connected.id, friend_id, key, "beans", "add", one) for friend_id, key, one in people)
    db.session.commit()
    assert (desk.make(), desk.holds(contact, "beans")) == (2, ["kenya;java;brazil"])


def test_the_last_of_two_changes_stays_also_after_trouble(desk: Counter, contact: str, hana: str) -> None:
    friend = desk.shop.friend(hana)
    for key, value in (("1", "first"), ("2", "second"), ("1", "third")):
        store_changes([NewChange(desk.connected.id, friend.id, key, "jobtitle", "set", value)])
    # The first one was refused before and is to be tried again later: the second one waits for it.
    late = database_now(3600)
    db.session.execute(RemoteChange.__table__.update().where(RemoteChange.key == "1").values(due_at=late))
    db.session.commit()
    assert (desk.make(), desk.holds(contact, "jobtitle")) == (0, [""])
    db.session.execute(text("UPDATE remote_changes SET due_at = now()"))
    db.session.commit()
    assert (desk.make(), desk.make(), desk.make()) == (1, 1, 0)
    assert desk.holds(contact, "jobtitle") == ["second"]
    assert db.session.scalar(text("SELECT count(*) FROM remote_changes WHERE ended_at IS NULL")) == 0


def test_nothing_is_written_after_a_disconnection(desk: Counter, contact: str, hana: str) -> None:
    wish = {"kind": "status", "path": "/crm/objects/2026-03/contacts/batch/update", "status": 503, "times": 20}
    desk.portal.server.api("POST", "/faults", {**wish, "channel_id": desk.portal.portal_id})
    run = desk.run(hana, desk.update("cups", "3"))
    desk.portal.server.api("DELETE", "/faults")
    desk.connected.state = IntegrationState.DISCONNECTED
    integrations.integration()
    db.session.execute(text("UPDATE remote_changes SET due_at = now()"))
    db.session.execute(text("UPDATE workflow_runs SET due_at = now()"))
    db.session.commit()
    assert desk.make() == 0
    assert desk.made(run) == ("failed", None, "hubspot.disconnected")
    desk.connected.state = IntegrationState.CONNECTED
    db.session.commit()
    assert (desk.make(), desk.holds(contact, "cups")) == (0, [""])


def test_what_does_not_fit_is_named_before_the_start(desk: Counter) -> None:
    def said(*steps: Any) -> list[str]:
        graph = chain(desk.shop.account, step("friend_add"), *steps)
        return [str(one.problem.message) for one in findings(graph) if one.node and one.node.kind == "hubspot_property"]

    assert said(desk.update("cups", "3")) == []
    assert said(step("hubspot_property", change="set")) == ["Choose a property of HubSpot."]
    assert said(desk.update("cups", "")) == ["Enter the value."]
    assert "is not a number" in said(desk.update("cups", "many"))[0]
    assert "is not a day" in said(desk.update("visit_day", "soon"))[0]
    assert "is not among the choices" in said(desk.update("lifecyclestage", "gone"))[0]
    assert "cannot be done with this property" in said(desk.update("cups", "3", "add"))[0]
    assert said(desk.update("cups", change="answer")) == ["Choose whose answer is stored."]
    assert said(desk.update("jobtitle", "{{unheard_of}}")) != []
    assert "lets nothing but itself" in said(desk.update("createdate", "2026-04-01"))[0]
    desk.property("cups").deleted_at = now()
    db.session.commit()
    gone = step("hubspot_property", change="set", hubspot_value="3", hubspot_properties=desk.chosen("cups"))
    assert "does not exist in HubSpot any more" in said(gone)[0]


def test_an_answer_is_written_as_the_property_takes_it(desk: Counter, contact: str, hana: str) -> None:
    run = desk.run(hana, desk.update("cups", change="answer", answer="never asked"))
    assert (desk.made(run), desk.holds(contact, "cups")) == (("done", "next", None), [""])
    settle()
