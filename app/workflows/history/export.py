"""Runs of a workflow as CSV, one a row, in the language of the member who exports and the workspace's time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select, text

from app.core.db import db, stream_batches
from app.core.db.replica import reading_engine
from app.core.error_messages import SENTENCES
from app.core.i18n import _, own_direction, zone
from app.core.pages import TimeOrder
from app.core.spreadsheets import csv_pieces, in_one_cell, moment_cell, moment_header
from app.friends.queries.filter_sql import FRIENDS
from app.friends.queries.id_links import user_id_of
from app.line.models import Account
from app.team.permissions import reading_actor
from app.workflows.definition.kinds import TRIGGERS
from app.workflows.history.words import STATES, with_names
from app.workflows.models import WorkflowRun, WorkflowVersion
from app.workflows.queries.choices import names_for
from app.workflows.queries.runs import RunScope, conditions_of

ROWS_AT_ONCE = 500
# The table's columns that the file needs.
SHOWN = ("id", "started_at", "ended_at", "state", "problem", "problem_values", "trigger", "steps", "answers")
Column = tuple[str, Callable[[Any], Any]]


def runs_as_csv(scope: RunScope, order: TimeOrder, *, shows_friends: bool) -> Iterator[str]:
    """Return these runs; friends and what they answered only for members who may see friends."""
    columns = [*_columns(), *(_personal(scope.workflow.id) if shows_friends else ())]
    batches = stream_batches(reading_engine(), _query(scope, order), ROWS_AT_ONCE)
    rows = ([value(row) for _label, value in columns] for _connection, some in batches for row in some)
    return csv_pieces([label for label, _value in columns], rows)


def _query(scope: RunScope, order: TimeOrder) -> Select[Any]:
    time, number = WorkflowRun.started_at, WorkflowRun.id
    query = (
        select(
            *(getattr(WorkflowRun, name) for name in SHOWN),
            WorkflowVersion.number.label("version"),
            Account.name.label("account"),
            FRIENDS.c.display_name,
            FRIENDS.c.line_user_id,
            user_id_of(FRIENDS).label("user_id"),
        )
        .join(WorkflowVersion, WorkflowVersion.id == WorkflowRun.version_id)
        .join(Account, Account.id == WorkflowRun.account_id)
        .join(FRIENDS, FRIENDS.c.id == WorkflowRun.friend_id)
        .where(*conditions_of(scope))
    )
    return query.order_by(time, number) if order.is_oldest_first else query.order_by(time.desc(), number.desc())


def _columns() -> list[Column]:
    """Return header and value of each column; words are read now, since the rows are read when no reader is known."""
    states = {name: str(words) for name, words in STATES.items()}
    kinds = {name: str(kind.label) for name, kind in TRIGGERS.items()}
    sentences, tz = {code: str(words) for code, words in SENTENCES.items()}, zone()
    names = names_for(reading_actor())

    def reason(row: Any) -> str:
        values = own_direction(with_names(row.problem_values, names))
        return sentences.get(row.problem, row.problem) % values if row.problem else ""

    return [
        (_("Run"), lambda row: row.id),
        (_("Account"), lambda row: row.account),
        (moment_header(_("Started")), lambda row: moment_cell(row.started_at, tz)),
        (moment_header(_("Ended")), lambda row: moment_cell(row.ended_at, tz)),
        (_("Version"), lambda row: row.version),
        (_("State"), lambda row: states[row.state]),
        (_("Reason"), reason),
        (_("Trigger"), lambda row: kinds.get(row.trigger.get("kind"), row.trigger.get("kind"))),
        (_("Steps"), lambda row: row.steps),
    ]


def _personal(workflow_id: int) -> list[Column]:
    return [
        (_("Display name"), lambda row: row.display_name),
        (_("LINE user ID"), lambda row: row.line_user_id),
        (_("External user ID"), lambda row: row.user_id),
        *((_("Answer: %(name)s", name=name), _answer(name)) for name in _names_of_answers(workflow_id)),
    ]


def _names_of_answers(workflow_id: int) -> Sequence[str]:
    """Return the names under which any version keeps answers."""
    found = select(text("jsonb_path_query(graph, '$.nodes[*].settings.name') #>> '{}'")).select_from(WorkflowVersion)
    names = db.session.scalars(found.where(WorkflowVersion.workflow_id == workflow_id))
    return sorted({name for name in names if name})


def _answer(name: str) -> Callable[[Any], Any]:
    def read(row: Any) -> Any:
        answers: Mapping[str, Any] = row.answers
        value = answers.get(name)
        return in_one_cell(map(str, value)) if isinstance(value, list) else value

    return read
