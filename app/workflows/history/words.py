"""Names of states of runs and results of steps, and what a run waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core import error_messages
from app.core.i18n import Text, _, _l, listed, when
from app.team.permissions import reading_actor
from app.workflows.actions.sending import SETTLED
from app.workflows.actions.waiting import EVENTS
from app.workflows.engine.cancelled import CANCELLED
from app.workflows.engine.loading import put_off_because
from app.workflows.engine.resuming import ANSWER, SHARED
from app.workflows.engine.saving import RETRIED
from app.workflows.models import WorkflowRun, WorkflowRunState
from app.workflows.queries.choices import names_for

STATES: dict[str, Text] = {
    WorkflowRunState.RUNNING: _l("Running"),
    WorkflowRunState.WAITING: _l("Waiting"),
    WorkflowRunState.HELD: _l("On hold"),
    WorkflowRunState.SUCCEEDED: _l("Succeeded"),
    WorkflowRunState.FAILED: _l("Failed"),
    WorkflowRunState.CANCELLED: _l("Cancelled"),
}
STATE_COLOURS: dict[str, str] = {
    WorkflowRunState.RUNNING: "blue",
    WorkflowRunState.WAITING: "yellow",
    WorkflowRunState.HELD: "orange",
    WorkflowRunState.SUCCEEDED: "green",
    WorkflowRunState.FAILED: "red",
    WorkflowRunState.CANCELLED: "secondary",
}
RESULTS: dict[str, Text] = {
    "done": _l("Done"),
    "skipped": _l("Skipped"),
    "failed": _l("Failed"),
    RETRIED: _l("Failed, then tried again"),
    CANCELLED: _l("Cancelled"),
}
RESULT_COLOURS = {"done": "green", "skipped": "yellow", "failed": "red", RETRIED: "yellow", CANCELLED: "secondary"}


def why(run: WorkflowRun, *, is_active: bool) -> str:
    """Return why a run has failed, was cancelled or stands still, or what it waits for; empty where nothing is said.

    While its workflow is not active, no open run goes on, whatever it waits for.
    """
    if run.problem:
        return error_messages.sentence(run.problem, with_names(run.problem_values))
    if run.state == WorkflowRunState.HELD or (run.ended_at is None and not is_active):
        return _("The workflow is paused: the run stands still until Start is pressed.")
    return awaited(run) if run.state == WorkflowRunState.WAITING else ""


def with_names(values: Mapping[str, Any], known: Mapping[int, Text] | None = None) -> Mapping[str, Any]:
    """Return the values of a problem, with the names of the workflows that stand among them."""
    if not (ids := values.get("workflows")):
        return values
    names = names_for(reading_actor(), ids) if known is None else known
    return {**values, "names": " → ".join(str(names.get(one, "?")) for one in ids)}


def awaited(run: WorkflowRun) -> str:
    """Return what a run waits for, and until when."""
    if SETTLED in (run.awaits or ()):
        return _("Waits for LINE to take the message. Tomoru tries again by itself.")
    if because := put_off_because(run.begun):
        time = when(run.due_at, "medium")
        return _("%(why)s It is tried again at %(time)s.", why=error_messages.sentence(*because), time=time)
    return awaited_words(set(run.awaits or ()), run.begun, run.due_at)


def awaited_words(awaits: set[str], begun: Mapping[str, Any], due_at: datetime | None) -> str:
    """Return for which events something waits, and until when."""
    words, until = awaits - {SHARED}, when(due_at, "minute")
    if not words:
        return _("Waits until %(time)s", time=until)
    said = _("the friend’s answer") if words == {ANSWER} and "asked" in begun else _events(words)
    if due_at is None:
        return _("Waits for %(event)s", event=said)
    return _("Waits for %(event)s, until %(time)s", event=said, time=until)


def _events(words: set[str]) -> str:
    kinds = {word.partition(":")[0] for word in words}
    return listed((str(EVENTS[kind][0]) if kind in EVENTS else kind for kind in sorted(kinds)), style="or")
