"""Keep which questions workflows ask, and what each friend answered last; segments ask for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.core.db import db
from app.workflows.definition.graph import Graph, Node

QUESTION = "question"
_QUESTIONS = text("""
    INSERT INTO workflow_questions AS question (workflow_id, name, kind, choices)
    SELECT :workflow_id, name, kind, choices
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (name text, kind text, choices jsonb)
    ON CONFLICT (workflow_id, name) DO UPDATE SET kind = excluded.kind, choices = excluded.choices
""")
_ANSWERS = text("""
    INSERT INTO workflow_answers (workflow_id, name, friend_id, value)
    SELECT workflow_id, name, friend_id, value
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
        workflow_id bigint, name text, friend_id bigint, value jsonb)
    ORDER BY workflow_id, name, friend_id
    ON CONFLICT (workflow_id, name, friend_id) DO UPDATE
    SET value = excluded.value, answered_at = excluded.answered_at
""")


@dataclass(frozen=True)
class GivenAnswer:
    """What a friend answered to a question of a workflow."""

    workflow_id: int
    name: str
    friend_id: int
    value: Any


def keep_questions(workflow_id: int, graph: Graph) -> None:
    """Write down the questions of a version; those of earlier versions stay, since friends have answered them."""
    found = {str(node.settings.get("name") or "").strip(): node for node in graph.nodes if node.kind == QUESTION}
    rows = [{"name": name, **_expected(node)} for name, node in sorted(found.items()) if name]
    if rows:
        db.session.execute(_QUESTIONS, {"workflow_id": workflow_id, "rows": json.dumps(rows)})


def _expected(node: Node) -> Mapping[str, Any]:
    choices = node.settings.get("choices") or ()
    values = [str(one.get("value") or one.get("label") or "") for one in choices if isinstance(one, Mapping)]
    return {"kind": str(node.settings.get("kind") or "text"), "choices": [one for one in values if one]}


def keep_answers(answers: Sequence[GivenAnswer]) -> None:
    """Write down answers; of several to one question the last one counts."""
    last = {(one.workflow_id, one.name, one.friend_id): one for one in answers if one.name}
    if last:
        rows = [vars(one) for one in last.values()]
        db.session.execute(_ANSWERS, {"rows": json.dumps(rows, default=str)})
