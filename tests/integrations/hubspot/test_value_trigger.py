"""The trigger of a property that was changed at HubSpot, from the edit there to the run here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run
from app.friends.models import Friend
from app.friends.operations.store_values import store_values
from app.friends.sources import Source
from app.friends.values import fields
from app.integrations.hubspot.steps.value_trigger import VALUE_CHANGED
from app.integrations.shared.connecting import IntegrationGrant, RemoteAccount, connect, disconnect
from app.integrations.shared.models import Integration
from app.integrations.shared.step_models import RemoteChange, RemoteProperty
from app.line.models import Account
from app.team.actors import SYSTEM
from app.workflows.definition.checks import findings
from app.workflows.definition.kinds import TRIGGERS
from app.workflows.models import Workflow, WorkflowRun
from tests.factories import friends
from tests.factories.integrations import link, mapping
from tests.factories.workflows import active, chain, step
from tests.integrations.hubspot.sync.conftest import at_hubspot, change, grantee, hubspot, portal, sync
from tests.sandbox.hubspot.portals import Portal

__all__ = ["at_hubspot", "grantee", "hubspot", "portal", "sync"]
STAGES = {"remote_type": "enumeration", "remote_label": "Lifecycle Stage"}


@pytest.fixture
def contact(portal: Integration, at_hubspot: Portal, place: Account) -> str:
    """The contact of a friend, whose life cycle stage is synced."""
    mapping(portal, "lifecyclestage", "company", **STAGES)
    found = at_hubspot.contact(firstname="Hana", lifecyclestage="lead")
    link(portal, friends.friend(place), found)
    return found


def listens(place: Account, portal: Integration, name: str = "lifecyclestage", **settings: Any) -> Workflow:
    """Start a workflow that responds to changes of a property."""
    query = select(RemoteProperty.id).where(RemoteProperty.integration_id == portal.id, RemoteProperty.name == name)
    chosen = {str(place.id): db.session.scalars(query).one()}
    return active(place, step(VALUE_CHANGED, hubspot_properties=chosen, **settings), step("stop"))


def started() -> list[dict[str, Any]]:
    """What the runs were told."""
    db.session.rollback()
    return list(db.session.scalars(select(WorkflowRun.trigger).order_by(WorkflowRun.id)))


def test_a_change_at_hubspot_starts_a_run_once(
    portal: Integration, at_hubspot: Portal, place: Account, contact: str, sync: Callable[..., Run]
) -> None:
    sync()
    listens(place, portal)
    sync(everything=True)
    assert started() == []
    change(at_hubspot, contact, lifecyclestage="customer")
    sync()
    sync()
    sync(everything=True)
    (told,) = started()
    assert (told["property"], told["before"], told["after"]) == ("Lifecycle Stage", "Lead", "Customer")
    assert db.session.scalars(select(Friend.company)).one() == "Customer"


def test_the_first_sync_of_a_field_starts_no_one(
    portal: Integration, at_hubspot: Portal, place: Account, contact: str, sync: Callable[..., Run]
) -> None:
    sync()
    listens(place, portal, "firstname")
    mapping(portal, "jobtitle", "email")
    change(at_hubspot, contact, jobtitle="hana@example.com")
    sync()
    listens(place, portal, "jobtitle")
    # A friend who is linked later is met for the first time.
    link(portal, friends.friend(place), at_hubspot.contact(jobtitle="ken@example.com"))
    sync(everything=True)
    assert started() == []


def test_what_changed_while_hubspot_was_disconnected_starts_no_one(
    portal: Integration, at_hubspot: Portal, place: Account, contact: str, sync: Callable[..., Run]
) -> None:
    sync()
    listens(place, portal)
    about = {"integration_id": portal.id, "friend_id": db.session.scalars(select(Friend.id)).one()}
    left = RemoteChange(key="1:1", name="jobtitle", change="set", value="Guest", due_at=now(), **about)
    db.session.add(left)
    disconnect(portal, actor=SYSTEM)
    db.session.commit()
    change(at_hubspot, contact, lifecyclestage="customer")
    grant = IntegrationGrant("access", "refresh", 1800, tuple(portal.scopes))
    connect(RemoteAccount("hubspot", portal.remote_id, portal.name, {}), grant, [place.id], actor=SYSTEM)
    db.session.commit()
    sync()
    assert started() == []
    assert db.session.scalars(select(Friend.company)).one() == "Customer"
    db.session.refresh(left)
    assert (left.reason, left.due_at, left.ended_at is not None) == ("hubspot.disconnected", None, True)
    change(at_hubspot, contact, lifecyclestage="lead")
    sync()
    assert len(started()) == 1


def test_what_tomoru_writes_starts_no_one(
    portal: Integration, at_hubspot: Portal, place: Account, contact: str, sync: Callable[..., Run]
) -> None:
    sync()
    listens(place, portal)
    friend = db.session.scalars(select(Friend)).one()
    store_values(place.id, {friend.id: {"company": "Customer"}}, fields(()), source=Source("member", "1"))
    db.session.commit()
    at_hubspot.call("PATCH", f"/crm/objects/2026-03/contacts/{contact}", {"properties": {"lifecyclestage": "customer"}})
    sync()
    assert started() == []


WANTED: list[tuple[dict[str, Any], bool]] = [
    ({"after": "value", "after_value": "customer"}, True),
    ({"after": "value", "after_value": "lead"}, False),
    ({"before": "value", "before_value": "lead", "after": "value", "after_value": "customer"}, True),
    ({"before": "value", "before_value": "customer"}, False),
    ({"before": "none"}, False),
    ({"after": "none"}, False),
]


def test_it_responds_to_the_wanted_values(
    portal: Integration, at_hubspot: Portal, place: Account, contact: str, sync: Callable[..., Run]
) -> None:
    sync()
    workflows = [listens(place, portal, **settings).id for settings, _starts in WANTED]
    change(at_hubspot, contact, lifecyclestage="customer")
    sync()
    ran = set(db.session.scalars(select(WorkflowRun.workflow_id)))
    assert [one in ran for one in workflows] == [starts for _settings, starts in WANTED]


def test_a_change_that_is_undone_starts_no_run(
    portal: Integration,
    at_hubspot: Portal,
    place: Account,
    contact: str,
    sync: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sync()
    listens(place, portal)
    change(at_hubspot, contact, lifecyclestage="customer")

    def broken(*_arguments: Any) -> None:
        raise RuntimeError("The worker dies.")

    with monkeypatch.context() as patch:
        patch.setattr("app.integrations.hubspot.sync.applying.applied", broken)
        sync()
    assert started() == []
    db.session.execute(text("UPDATE runs SET due_at = now() WHERE state NOT IN ('completed', 'failed')"))
    db.session.commit()
    sync()
    assert len(started()) == 1


MEANT: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"after": "value", "after_value": "1"}, {"after_value": "1.0"}, True),
    ({"after": "value", "after_value": "Tokyo"}, {"after_value": " tokyo"}, True),
    ({"after": "value", "after_value": "a"}, {"is_several": True, "before_value": "b", "after_value": "b;a"}, True),
    ({"after": "value", "after_value": "a"}, {"is_several": True, "before_value": "a", "after_value": "a;b"}, False),
    ({"before": "value", "before_value": "a"}, {"is_several": True, "before_value": "a;b", "after_value": "b"}, True),
    ({"after": "none"}, {"before_value": "a", "after_value": ""}, True),
    # In a test run labels are typed.
    ({"after": "value", "after_value": "vip", "after_label": "Best"}, {"after": "best"}, True),
]


@pytest.mark.parametrize(("settings", "data", "is_meant"), MEANT)
def test_values_are_compared_as_people_mean_them(
    settings: dict[str, Any], data: dict[str, Any], is_meant: bool
) -> None:
    chosen = {"hubspot_properties": {"1": 4}, **settings}
    told = {"account_id": 1, "property_id": 4, **data}
    assert TRIGGERS[VALUE_CHANGED].matches(chosen, told) is is_meant
    assert not TRIGGERS[VALUE_CHANGED].matches(chosen, {**told, "property_id": 5})


def test_what_keeps_it_from_firing_is_named(
    portal: Integration, place: Account, contact: str, sync: Callable[..., Run]
) -> None:
    sync()

    def said(name: str, **settings: Any) -> list[str]:
        query = select(RemoteProperty.id).where(RemoteProperty.integration_id == portal.id, RemoteProperty.name == name)
        chosen = {str(place.id): db.session.scalar(query)}
        graph = chain(place, step(VALUE_CHANGED, hubspot_properties=chosen, **settings), step("stop"))
        return [str(one.problem.message) for one in findings(graph) if one.node and not one.is_warning]

    assert said("lifecyclestage", after="value", after_value="customer") == []
    assert said("lifecyclestage", after="value") == ["Enter the value."]
    assert "is not among the choices" in said("lifecyclestage", after="value", after_value="gone")[0]
    assert "is not synced" in said("jobtitle")[0]
    assert said("unheard of") == ["Choose a property of HubSpot."]
