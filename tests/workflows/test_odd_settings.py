"""Steps whose settings hold what no form stores: their forms and the editor say so, and they can be entered again."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.shapes import wrong_places
from app.workflows.forms.registry import FORMS, blank_settings
from tests.factories import line
from tests.factories.workflows import draft
from tests.support.client import CheckingClient
from tests.workflows.test_editor_pages import fill, graph_of, url

SAID = "The settings of this step cannot be read. Enter them again."


@pytest.mark.parametrize(
    ("settings", "places"),
    [
        ({"keywords": [{"text": 5, "match": "zz"}]}, ["keywords[0].text"]),
        ({"keywords": {}}, ["keywords"]),
        (
            {"branches": [{"name": "b1", "tests": [7, {"value": []}]}]},
            ["branches[0].tests[0]", "branches[0].tests[1].value"],
        ),
        ({"parts": [{"share": True}, {"share": "x"}]}, ["parts[0].share"]),
        ({"weekdays": [0, 7, "1"], "late": {"hours": {}}}, ["late.hours", "weekdays[1]", "weekdays[2]"]),
        ({"amount": [1], "time": 9, "any": "yes"}, ["time", "amount", "any"]),
        ({"amount": "soon", "time": None, "unknown": object()}, []),
    ],
)
def test_places_that_no_form_stores(settings: dict[str, Any], places: list[str]) -> None:
    assert wrong_places(settings) == places


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_what_a_new_step_holds_is_as_forms_store_it(app: Flask, kind: str) -> None:
    assert wrong_places(blank_settings(kind)) == []


def test_the_form_of_odd_settings_is_empty_and_says_so_until_they_are_entered(as_alice: CheckingClient) -> None:
    account = line.account()
    odd = Node("n0", "message", {"any": False, "keywords": [{"text": 5, "match": "zz"}]}, {"next": "n1"})
    workflow = draft(graph=Graph((account.id,), (odd, Node("n1", "delay", {"weekdays": "all"}))))
    assert as_alice.get(url(workflow)).text.count(SAID) >= 2
    for one in ("n0", "n1"):
        assert SAID in as_alice.get(url(workflow, f"/steps/{one}")).text
    typed = {"which": "keywords", "keywords-row": "0", "keywords-0-match": "contains", "keywords-0-text": "coupon"}
    fill(as_alice, workflow, "n0", **typed)
    assert graph_of(workflow).by_id["n0"].settings["keywords"] == [{"match": "contains", "text": "coupon"}]
    assert SAID not in as_alice.get(url(workflow, "/steps/n0")).text
