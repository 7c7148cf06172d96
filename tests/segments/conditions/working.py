"""Workflows that the crowd went through, what each person answered in them, and random conditions about these."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.segments.conditions.operators import OPERATORS, ValueType
from app.workflows.history.conditions import OPERATORS as OF_WORKFLOWS
from app.workflows.models import WorkflowAnswer, WorkflowEntry, WorkflowRun
from tests.factories.workflows import active, says, step
from tests.segments.conditions.crowd import Conditions, condition, values_by_form
from tests.segments.conditions.evaluator import Person

RED, BLUE = "Red", "ブルー"
KINDS = {"Note": "text", "Age": "number", "Day": "date", "Colour": "choices"}
_TYPES = {
    "text": ValueType.TEXT,
    "number": ValueType.NUMBER,
    "date": ValueType.DATE,
    "choices": ValueType.CHOICE,
}


def workflows(account: Account, persons: dict[int, Person], today: date, seed: str) -> list[int]:
    """Store three workflows, of which the first one asks, and tell each person where they are and what they said."""
    draw = random.Random(seed)
    asks = [_question(name, kind) for name, kind in KINDS.items()]
    made = [active(account, step("message", any=True), *steps) for steps in (asks, [step("stop")], [step("stop")])]
    for friend_id, person in persons.items():
        found: defaultdict[str, frozenset[int]] = defaultdict(frozenset)
        for one in made:
            for name in _gone_through(draw, account, one.id, friend_id):
                found[name] |= {one.id}
        answers = {name: value for name in KINDS if (value := _answer(draw, KINDS[name], today)) is not None}
        db.session.add_all(
            WorkflowAnswer(workflow_id=made[0].id, name=name, friend_id=friend_id, value=value)
            for name, value in answers.items()
        )
        by_place = {f"{made[0].id}.{name}": value for name, value in answers.items()}
        persons[friend_id] = replace(person, workflows=found, answers=by_place)
    db.session.commit()
    return [one.id for one in made]


def questions(ids: Sequence[int]) -> dict[str, str]:
    """The kinds of questions, by workflow and name."""
    return {f"{ids[0]}.{name}": kind for name, kind in KINDS.items()}


def conditions(today: date, ids: Sequence[int]) -> Conditions:
    """For every operator of every property of workflows random values."""
    values = values_by_form(today)
    chosen = st.lists(st.sampled_from(ids), min_size=1, max_size=len(ids), unique=True)
    colours = st.lists(st.sampled_from([RED, BLUE]), min_size=1, max_size=2, unique=True)
    of_workflows = [
        (chosen if one.takes == "choices" else st.just([])).map(partial(condition, f"workflow.{name}", one.name))
        for name in ("in", "finished")
        for one in OF_WORKFLOWS.values()
    ]
    of_answers = [
        (colours if one.takes == "choices" else values[one.takes]).map(
            partial(condition, f"workflow_answer.{name}", one.name)
        )
        for name, kind in questions(ids).items()
        for one in OPERATORS[_TYPES[kind]].values()
    ]
    return [*of_workflows, *of_answers]


def _question(name: str, kind: str) -> Any:
    choices = [{"label": RED}, {"label": BLUE}] if kind == "choices" else []
    return step("question", name=name, kind=kind, content=says(f"{name}?"), choices=choices, amount=1, unit="days")


def _gone_through(draw: random.Random, account: Account, workflow_id: int, friend_id: int) -> list[str]:
    """Store where the friend is in a workflow; returns what the workflow is to them."""
    state = draw.choice(["waiting", "held", "failed", "succeeded", ""])
    if not state:
        return []
    is_open = state in ("waiting", "held")
    has_finished = state == "succeeded" or draw.random() < 0.3
    db.session.add(
        WorkflowRun(
            workflow_id=workflow_id,
            version_id=0,
            account_id=account.id,
            friend_id=friend_id,
            state=state,
            event_key="k",
            trigger_node="n0",
            ended_at=None if is_open else now(),
        )
    )
    finished_at = now() if has_finished else None
    db.session.add(
        WorkflowEntry(workflow_id=workflow_id, friend_id=friend_id, entered_at=now(), finished_at=finished_at)
    )
    return [*(["in"] if is_open else []), *(["finished"] if has_finished else [])]


def _answer(draw: random.Random, kind: str, today: date) -> Any:
    """An answer of this kind, or none; at edges that conditions ask about."""
    days = [today - timedelta(days=back) for back in (0, 1, 7, 31)]
    values: dict[str, list[Any]] = {
        "text": ["Ｈｅｌｌｏ", "hello", "100%", "コーヒー", ""],
        "number": [0, 1, -2.5, 100],
        "date": [one.isoformat() for one in days],
        "choices": [RED, BLUE, "Green"],
    }
    return draw.choice(values[kind]) if draw.random() < 0.7 else None
