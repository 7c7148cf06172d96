"""Kinds that decide alike: their decision is the same for all runs that arrive at a step with the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NoReturn
from unittest.mock import patch

import pytest
from flask import Flask

from app.workflows.actions.waiting import EVENTS
from app.workflows.definition.deciding import decide
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import ACTIONS
from app.workflows.definition.state import Arrival, RunFacts
from tests.factories import integrations

NOON = datetime(2026, 11, 27, 3, tzinfo=UTC)
TEXT = {"version": 1, "messages": [{"kind": "text", "text": "Hello"}]}
EVENT = {"kind": "message", "type": "text", "text": "5"}
# Settings of each kind, and what its runs arrive with.
ARRIVALS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("send_message", {}, {"facts": RunFacts(loaded={"n": {"content": TEXT}})}),
    ("auto_message", {}, {"facts": RunFacts(loaded={"n": {"content": TEXT, "id": 1, "name": "Hello"}})}),
    ("question", {"content": TEXT, "kind": "number", "name": "people"}, {}),
    ("question", {"content": TEXT, "kind": "number", "name": "people"}, {"begun": {"asked": 1}, "event": EVENT}),
    ("question", {"content": TEXT, "kind": "date", "name": "day"}, {"begun": {"asked": 1}, "event": EVENT}),
    ("question", {"content": TEXT, "kind": "number", "name": "people", "default": 2}, {"begun": {"asked": 1}}),
    ("delay", {"amount": 1, "unit": "days", "time": "10:00", "business_hours": True}, {}),
    ("delay", {"late": {"policy": "ask", "hours": 1}}, {"begun": {"until": "2026-11-27T01:00:00+00:00"}}),
    *(("wait_for_event", {"event": event, "amount": 1}, {}) for event in EVENTS),
    ("wait_for_event", {"event": "answer", "name": "said"}, {"begun": {"asked_at": ""}, "event": EVENT}),
    ("tag", {"tags": {"1": [3]}}, {}),
    ("attribute", {"field": "attributes.size", "change": "set", "value": "L"}, {}),
    ("attribute", {"field": "attributes.size", "change": "clear"}, {}),
    ("rich_menu", {"menus": {"1": 4}}, {}),
    ("send_webhook", {"url": "https://shop.example/", "fields": [{"name": "a", "value": "{name}"}]}, {}),
    ("notify_member", {"subject": "A friend", "text": "{name}"}, {}),
    ("hubspot_list", {"hubspot_lists": {"1": 4}}, {}),
    ("hubspot_property", {"hubspot_properties": {"1": 4}, "change": "set", "hubspot_value": "L"}, {}),
    ("hubspot_property", {"hubspot_properties": {"1": 4}, "change": "answer", "answer": "size"}, {}),
    ("conversation_status", {"conversation_status": "done"}, {}),
    ("assign_conversation", {"to": "member", "assignees": {"1": 4}}, {}),
    ("conversation_note", {"text": "{{display_name|}}"}, {}),
    ("hand_over", {"to": "first", "note": "{{display_name|}}"}, {}),
    ("start_workflow", {"workflow": 9}, {}),
    ("stop", {}, {}),
    ("branch", {"branches": [{"name": "y", "conditions": {"1": {}}}]}, {"facts": RunFacts(fits={"y": True})}),
    ("branch", {"branches": [{"name": "y", "hours": "open"}]}, {}),
]


class Anyone(Arrival):
    """An arrival of which no more may be looked at than what runs share that arrive alike."""

    def _own(self) -> NoReturn:
        raise AssertionError("A decision that is the same for all looks at what is one run's own.")

    friend_id = number = trigger = answers = key = property(_own)  # type: ignore[assignment]


class AnyMoment(Anyone):
    """An arrival whose moment may not be looked at."""

    now = property(Anyone._own)  # type: ignore[assignment]


@pytest.mark.parametrize(("kind", "settings", "more"), ARRIVALS)
def test_a_kind_that_decides_alike_looks_at_nothing_of_the_run(
    app: Flask, kind: str, settings: dict[str, Any], more: dict[str, Any]
) -> None:
    # Steps of a service decide nothing while it is not connected.
    integrations.integration()
    node = Node("n", kind, settings)
    assert ACTIONS[kind].decides_alike(node) and not ACTIONS[kind].needs_values(node)
    usual = {"account_id": 1, "friend_id": 7, "number": 1, "now": NOON, "zone": UTC}
    shared = Anyone if ACTIONS[kind].looks_at_time(node) else AnyMoment
    arrival = shared(graph=Graph((1,), (node,)), node=node, **{**usual, **more})
    with patch("app.workflows.definition.deciding.log.exception", side_effect=AssertionError):
        assert ACTIONS[kind].decide(arrival) == decide(arrival)


def test_every_kind_that_decides_alike_is_looked_at() -> None:
    plain = {name for name, kind in ACTIONS.items() if kind.decides_alike(Node("n", name))}
    assert plain == {kind for kind, _settings, _more in ARRIVALS} == set(ACTIONS) - {"split"}


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("branch", {"branches": [{"name": "y", "tests": [{"name": "size"}]}]}),
        ("split", {}),
        ("delay", {"mode": "date"}),
        ("attribute", {"change": "answer"}),
    ],
)
def test_what_depends_on_the_friend_is_decided_for_each(kind: str, settings: dict[str, Any]) -> None:
    assert not ACTIONS[kind].decides_alike(Node("n", kind, settings))
