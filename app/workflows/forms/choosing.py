"""Forms of steps that choose a way, and of those that end a run or start another workflow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.i18n import Text
from app.core.identifiers import posted_number
from app.team.permissions import current_actor
from app.workflows.actions.asking import CHOICES
from app.workflows.actions.branching import MOST_EXITS, OPERATORS, RESERVED
from app.workflows.actions.flow import STARTED_BY_WORKFLOW
from app.workflows.actions.hours import HOURS
from app.workflows.definition.graph import Graph
from app.workflows.engine.answers import QUESTION
from app.workflows.forms.conditions import read_conditions, shown_conditions
from app.workflows.forms.reading import number_of, one_of, rows
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register
from app.workflows.models import Workflow
from app.workflows.queries.choices import answers_for, has_step, workflow_choices
from app.workflows.texts import ANSWER, own_types

MOST_TESTS = 20
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
WITHOUT_VALUE = ("is_set", "is_not_set")


def _named(found: list[dict[str, str]], beginning: str) -> list[dict[str, str]]:
    """Give each row a name of its own, the name of its exit, which stays when it is moved; and new ones a label."""
    names = {one["name"] for one in found}
    free = (f"{beginning}{number}" for number in range(1, 1_000) if f"{beginning}{number}" not in names)
    labels = {one["label"] for one in found}
    letters = (one for one in LETTERS if one not in labels)
    named, taken = [], set(RESERVED)
    for one in found:
        label = one["label"] if one["name"] else one["label"] or next(letters, "")
        is_own = _NAME.fullmatch(one["name"]) and one["name"] not in taken
        named.append({**one, "name": one["name"] if is_own else next(free), "label": label})
        taken.add(named[-1]["name"])
    return named


def _read_branch(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    found = rows(form, "branches", ("name", "label"), most=MOST_EXITS)
    named = zip(found, _named(found, "b"), strict=True)
    return {"branches": [_branch(form, editing, posted["name"] or own["name"], own) for posted, own in named]}


def _branch(form: Posted, editing: NodeEditing, posted: str, branch: Mapping[str, str]) -> dict[str, Any]:
    """Return a branch with its tests and conditions, which the form has under the posted name."""
    tests = rows(form, f"tests_{posted}", ("of", "operator", "value"), most=MOST_TESTS)
    conditions, hours = read_conditions(form, editing, posted), one_of(form, f"hours_{posted}", HOURS)
    asked = {"conditions": conditions, "hours": hours}
    return {**branch, "tests": [_test(one) for one in tests], **{name: one for name, one in asked.items() if one}}


def _test(row: Mapping[str, str]) -> dict[str, str]:
    source, _dot, name = row["of"].partition(".")
    operator = row["operator"] if row["operator"] in OPERATORS else "equals"
    test = {"source": "trigger" if source == "trigger" else "answer", "name": name, "operator": operator}
    return test if operator in WITHOUT_VALUE else {**test, "value": row["value"]}


def _offer_branch(editing: NodeEditing) -> Mapping[str, Any]:
    known = own_types(editing.graph)
    return {
        "hours": HOURS,
        "operators": OPERATORS,
        "without_value": WITHOUT_VALUE,
        "most_branches": MOST_EXITS,
        "most_tests": MOST_TESTS,
        "offered": _offered_choices(editing.graph),
        "testable": [(name, f"{one.group}: {one.label}") for name, one in known.items()],
        "conditions_of": lambda branch: shown_conditions(
            branch.get("conditions") or {}, editing, editing.url, branch["name"], is_refused=editing.is_checked
        ),
    }


def _offered_choices(graph: Graph) -> dict[str, list[str]]:
    """Return by the name of an answer what its question offers to choose, as it is kept."""
    found: dict[str, list[str]] = {}
    for node in graph.nodes:
        if node.kind == QUESTION and node.settings.get("kind") == CHOICES:
            kept = [str(one.get("value") or one.get("label") or "") for one in node.settings.get("choices") or ()]
            found.setdefault(f"{ANSWER}{node.settings.get('name')}", []).extend(filter(None, kept))
    return found


def _read_split(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    found = _named(rows(form, "parts", ("name", "label", "share"), most=MOST_EXITS), "p")
    return {"parts": [{**one, "share": number_of(one["share"])} for one in found]}


def _offer_split(editing: NodeEditing) -> Mapping[str, Any]:
    shares: Sequence[Any] = [one.get("share") for one in editing.node.settings.get("parts") or ()]
    return {"most_parts": MOST_EXITS, "total": sum(one for one in shares if isinstance(one, int))}


def _read_start(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    chosen = posted_number(form.get("workflow"))
    return {"workflow": chosen if chosen in dict(_startable(editing)) else 0}


def _startable(editing: NodeEditing) -> Sequence[tuple[int, Text]]:
    """Return the workflows that another one can start, and the one that was chosen before."""
    chosen, ids = editing.node.settings.get("workflow"), editing.account_ids
    only = [Workflow.id != editing.workflow.id, has_step(STARTED_BY_WORKFLOW, leads_on=True)]
    return workflow_choices(current_actor(), chosen, *only, *([answers_for(ids)] if ids else []))


for _form in (
    NodeForm(
        kind="branch",
        template="workflows/nodes/_branch.html",
        read=_read_branch,
        context=_offer_branch,
        blank={"branches": [{"name": "b1", "label": "A", "tests": []}]},
    ),
    NodeForm(
        kind="split",
        template="workflows/nodes/_split.html",
        read=_read_split,
        context=_offer_split,
        blank={"parts": [{"name": "p1", "label": "A", "share": 50}, {"name": "p2", "label": "B", "share": 50}]},
    ),
    NodeForm(
        kind="start_workflow",
        template="workflows/nodes/_start_workflow.html",
        read=_read_start,
        context=lambda editing: {"workflows": _startable(editing)},
        blank={"workflow": 0},
    ),
):
    register(_form)
