"""Properties of conditions: in which workflows a friend is, which they have finished, and what they answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, case, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text as SqlText

from app.core.i18n import Text, _, _l
from app.messages.broadcasts.conditions.among import is_among, is_not_among
from app.segments.conditions.operators import AMONG, Operator, Takes, ValueType
from app.segments.conditions.properties import Category, Choice, Clause, Property, SqlContext, register
from app.segments.conditions.sql import DAYS, Where, choice_where, date_where, number_where, one_of, text_where
from app.team.permissions import reading_actor
from app.workflows.models import OPEN, WorkflowAnswer, WorkflowEntry, WorkflowRun
from app.workflows.queries.asked import questions_of, workflows_by_id, workflows_like
from app.workflows.queries.choices import HIDDEN

CATEGORY = Category(_l("Workflows"), 36)
IN_WORKFLOW, FINISHED = "workflow.in", "workflow.finished"
ANSWER = "workflow_answer."
ANSWERS: Table = WorkflowAnswer.__table__  # type: ignore[assignment]
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
OPERATORS: dict[str, Operator] = {
    one.name: one
    for one in (
        *AMONG,
        Operator("ever", _l("At least one"), Takes.NOTHING, _l("%(property)s: at least one")),
        Operator("never", _l("Not a single one"), Takes.NOTHING, _l("%(property)s: not a single one")),
    )
}


def _in_these(workflow_ids: Sequence[int] | None, account_id: int) -> Select[Any]:
    """Select `friend_id` of open runs; of all workflows without ids."""
    is_open = and_(WorkflowRun.state.in_(OPEN), WorkflowRun.ended_at.is_(None))
    query = select(WorkflowRun.friend_id).where(is_open, WorkflowRun.account_id == account_id)
    return query.where(one_of(WorkflowRun.workflow_id.expression, workflow_ids)) if workflow_ids else query


def _finished(workflow_ids: Sequence[int] | None, _account_id: int) -> Select[Any]:
    query = select(WorkflowEntry.friend_id).where(WorkflowEntry.finished_at.is_not(None))
    return query.where(one_of(WorkflowEntry.workflow_id.expression, workflow_ids)) if workflow_ids else query


People = Callable[[Sequence[int] | None, int], Select[Any]]


def _where(people: People, operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    if operator == "contains_all":
        return Clause(and_(*(is_among(people([one], scope.account_id), scope) for one in values)))
    among = is_not_among if operator in {"contains_none", "never"} else is_among
    return Clause(among(people(list(values) or None, scope.account_id), scope))


def _find(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    return [Choice(*one) for one in workflows_like(account_id, typed, keep, reading_actor())]


def _named(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    return [Choice(*one) for one in workflows_by_id(account_id, values, reading_actor())]


def _of_workflows(name: str, label: Text, people: People) -> Property:
    return Property(
        name,
        CATEGORY,
        label,
        ValueType.SET,
        partial(_where, people),
        find=_find,
        named=_named,
        choices_are_numbers=True,
        operators=OPERATORS,
    )


def _said(answers: FromClause) -> ColumnElement[Any]:
    return answers.c.value.op("#>>", return_type=SqlText())(literal_column("'{}'"))


def _number(answers: FromClause) -> ColumnElement[Any]:
    return case((func.jsonb_typeof(answers.c.value) == "number", answers.c.value))


def _day(answers: FromClause) -> ColumnElement[Any]:
    return _said(answers).collate("C")


_TYPES: dict[str, tuple[ValueType, Where]] = {
    "number": (ValueType.NUMBER, number_where(_number, lambda value: literal(value, JSONB))),
    "date": (ValueType.DATE, date_where(_day, DAYS, is_date=lambda value: value.regexp_match(DAY))),
    "choices": (ValueType.CHOICE, choice_where(_said)),
}
_TEXT = ValueType.TEXT, text_where(_said)
_POSITIVE = {"none_of": "any_of", "unknown": "known"}


def _answered(
    workflow_id: int, name: str, inner: Where, operator: str, values: Sequence[Any], scope: SqlContext
) -> Clause:
    """Test the answers themselves; negative operators also fit friends who have not answered."""
    positive = _POSITIVE.get(operator, operator.removeprefix("not_"))
    test = inner(positive, values, replace(scope, friends=ANSWERS)).test
    people = select(ANSWERS.c.friend_id).where(ANSWERS.c.workflow_id == workflow_id, ANSWERS.c.name == name, test)
    return Clause(is_among(people, scope) if positive == operator else is_not_among(people, scope))


def _question(row: Any) -> Property:
    kind, inner = _TYPES.get(row.kind, _TEXT)
    choices = [Choice(one, one) for one in row.choices]
    label = _("%(workflow)s: %(question)s", workflow=row.workflow or HIDDEN, question=row.name)
    return Property(
        f"{ANSWER}{row.workflow_id}.{row.name}",
        CATEGORY,
        label,
        kind,
        partial(_answered, row.workflow_id, row.name, inner),
        find=lambda _account_id, _typed, _keep: choices,
        named=lambda _account_id, values: [one for one in choices if one.value in values],
        has_few_choices=True,
    )


OF_WORKFLOWS = (
    _of_workflows(IN_WORKFLOW, _l("In workflow"), _in_these),
    _of_workflows(FINISHED, _l("Finished workflow"), _finished),
)


def workflow_properties(account_id: int) -> Iterator[Property]:
    """Return the two for workflows, then one for each question of the account's workflows."""
    yield from OF_WORKFLOWS
    yield from map(_question, questions_of(account_id, reading_actor()))


register(
    workflow_properties,
    {ANSWER: _l("The workflow of this question does not answer for this account any more. Choose another property.")},
)
