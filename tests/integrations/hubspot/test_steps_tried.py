"""Workflows with steps of HubSpot in test runs, replays and templates: nothing reaches HubSpot."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.runs.operations import advance
from app.core.runs.queries import latest_run
from app.friends.models import Activity, Friend
from app.integrations.hubspot.steps.value_trigger import VALUE_CHANGED
from app.integrations.shared.models import Integration
from app.integrations.shared.step_models import RemoteChange, RemoteProperty
from app.line.models import Account
from app.team.actors import SYSTEM
from app.workflows.definition.graph import Graph
from app.workflows.definition.summaries import summaries_of
from app.workflows.models import Workflow
from app.workflows.queries.workflows import latest_graph
from app.workflows.simulation.models import WorkflowReplaySend
from app.workflows.simulation.operations.replays import begin_replay
from app.workflows.simulation.playing import GO, PlayedPress, play
from app.workflows.simulation.replaying.run import REPLAY
from app.workflows.simulation.replaying.story import is_replayed
from app.workflows.simulation.setups import PlayedSetup, usual
from app.workflows.templates.document import Document
from app.workflows.templates.operations import export_workflow, import_file, use_template
from tests.factories import friends, integrations
from tests.factories.line import account
from tests.factories.workflows import chain, draft, says, step

STAGES = [["lead", "Lead"], ["customer", "Customer"]]


@pytest.fixture
def connected(place: Account) -> Integration:
    return integrations.integration(place)


@pytest.fixture
def stage(connected: Integration) -> RemoteProperty:
    """A synced property with choices."""
    made = RemoteProperty(
        integration_id=connected.id,
        record_kind="contact",
        name="lifecyclestage",
        label="Lifecycle Stage",
        type="enumeration",
        field_type="radio",
        options=STAGES,
        is_read_only=False,
    )
    db.session.add(made)
    about = {"remote_type": "enumeration", "options": STAGES, "synced_at": now() - timedelta(days=9)}
    integrations.mapping(connected, "lifecyclestage", "company", **about)
    return made


@pytest.fixture
def friend(connected: Integration, place: Account) -> Friend:
    found = friends.friend(place)
    integrations.link(connected, found, "1")
    return found


@pytest.fixture
def drawn(place: Account, stage: RemoteProperty) -> Workflow:
    """A workflow from a change of the property to a message; on the way it changes the property as well."""
    chosen = {str(place.id): stage.id}
    after = {"after": "value", "after_value": "customer", "after_label": "Customer"}
    return draft(
        graph=chain(
            place,
            step(VALUE_CHANGED, hubspot_properties=chosen, **after),
            step("hubspot_property", hubspot_properties=chosen, change="set", hubspot_value="lead"),
            step("send_message", content=says("You are a {{trigger.after|friend}}")),
        )
    )


def test_the_lines_of_steps_say_property_and_value(drawn: Workflow) -> None:
    graph = latest_graph(drawn)
    assert [str(summaries_of(graph)[f"n{number}"]) for number in (0, 1)] == [
        "“Lifecycle Stage” changes in HubSpot to “Customer”",
        "Set a value: Lifecycle Stage → Lead",
    ]


def test_a_test_run_begins_with_what_the_trigger_asks_for(place: Account, drawn: Workflow, friend: Friend) -> None:
    graph = latest_graph(drawn)
    told = {name: usual(graph.nodes[0], name, place.id) for name in ("before", "after")}
    assert told == {"before": "", "after": "Customer"}
    setup = PlayedSetup(place.id, "n0", now().isoformat(), friend_id=friend.id, told=told)
    found = play(graph, drawn.id, setup, [PlayedPress(f"n{number}", GO) for number in (1, 2)])
    assert (found.refusal, found.end) == ("", "Succeeded")
    assert "“Lifecycle Stage” in HubSpot: Lead" in str(found.lines[0].sentences)
    assert "You are a Customer" in str(found.lines[1].phone)
    db.session.rollback()
    assert (db.session.scalar(select(RemoteChange.id)), db.session.get_one(Friend, friend.id).company) == (None, None)
    refused = play(graph, drawn.id, replace(setup, told={"after": "Lead"}), [])
    assert "does not respond" in str(refused.refusal)


def test_a_test_run_shows_that_a_contact_is_missing(place: Account, drawn: Workflow) -> None:
    setup = PlayedSetup(place.id, "n0", now().isoformat(), name="Aoi", told={"after": "Customer"})
    found = play(latest_graph(drawn), drawn.id, setup, [PlayedPress("n1", GO)])
    assert "No contact of HubSpot" in str(found.lines[0].sentences)


def changed(friend: Friend, days: float, before: Any, after: Any, source: str = "hubspot") -> None:
    """Store that the friend's field changed so many days ago."""
    at, data = now() - timedelta(days=days), {"changes": {"company": [before, after]}, "source": source, "labels": {}}
    about = {"account_id": friend.account_id, "friend_id": friend.id, "kind": "attributes_changed"}
    db.session.add(Activity(occurred_at=at, data=data, **about))
    db.session.commit()


def test_a_replay_goes_through_the_changes_that_hubspot_made(drawn: Workflow, friend: Friend) -> None:
    assert is_replayed(latest_graph(drawn).nodes[0])
    changed(friend, 10, None, "Customer")
    changed(friend, 5, "Customer", "Lead")
    changed(friend, 4, "Lead", "Customer", source="member")
    changed(friend, 3, "Lead", "Customer")
    made = begin_replay(drawn.id, now() - timedelta(days=14), now(), actor=SYSTEM)
    db.session.commit()
    run = latest_run(REPLAY, made.id)
    assert run is not None
    advance(run.id)
    sent = db.session.scalars(select(WorkflowReplaySend.at).where(WorkflowReplaySend.replay_id == made.id)).all()
    assert [(now() - at).days for at in sent] == [3]
    assert db.session.scalar(select(RemoteChange.id)) is None


def test_templates_name_properties_as_hubspot_does(place: Account, drawn: Workflow, stage: RemoteProperty) -> None:
    document = export_workflow(drawn.id, actor=SYSTEM)
    assert [node.settings["hubspot_properties"] for node in document.graph.nodes[:2]] == ["lifecyclestage"] * 2
    found = used(document, place)
    assert found.nodes[0].settings == latest_graph(drawn).nodes[0].settings
    assert used(document, account()).nodes[0].settings["hubspot_properties"] == {}


def used(document: Document, place: Account) -> Graph:
    """Import a document as the file that it is exported as, and make a workflow of it."""
    imported = import_file(json.dumps(document.as_json()).encode(), actor=SYSTEM)
    return latest_graph(use_template(imported.id, "Mine", "", [place.id], {}, actor=SYSTEM))
