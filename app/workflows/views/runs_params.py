"""What the address of an execution history asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from app.core.identifiers import row_number
from app.core.pages import TALL_SIZE, PagePosition, TimeOrder, searched, time_order
from app.team.permissions import Permission, current_actor, me
from app.workflows.history.words import STATES
from app.workflows.models import Workflow, WorkflowVersion
from app.workflows.queries.history import first_day
from app.workflows.queries.runs import RunScope, StepTaken
from app.workflows.queries.workflows import find_version

# Of how many days the figures are shown.
PERIODS = (7, 30, 90)
USUAL_PERIOD = 30


@dataclass(frozen=True)
class RunListParams:
    """Which runs are listed, in which order, and which page of them; and the days of the figures."""

    scope: RunScope
    order: TimeOrder
    place: PagePosition
    days: int

    @property
    def args(self) -> dict[str, Any]:
        """Return query parameters for the first page of this list."""
        values = {
            "search": self.scope.search,
            "state": self.scope.state,
            "node": self.scope.node_id,
            "step": self.scope.step and self.scope.step.node_id,
            "result": self.scope.step and self.scope.step.result,
            "version": self.scope.version and self.scope.version.number,
            "days": "" if self.days == USUAL_PERIOD else self.days,
            "sort": self.order.name if self.order.is_oldest_first else "",
            "size": self.place.size,
        }
        return {"workflow_id": self.scope.workflow.id, **{name: value for name, value in values.items() if value}}

    @property
    def is_watched(self) -> bool:
        """Return whether the list asks for itself: only its beginning changes by itself."""
        return not (self.place.after or self.place.before or self.order.is_oldest_first)


def asked_runs(workflow: Workflow) -> RunListParams:
    """Read the address; members who may not see friends cannot search for one."""
    given = request.args
    search = searched(given.get("search", "")) if me().may(Permission.FRIENDS) else ""
    state = given.get("state") if given.get("state") in STATES else None
    node_id = given.get("node", "").replace("\x00", "") or None
    days = next((one for one in PERIODS if str(one) == given.get("days")), USUAL_PERIOD)
    scope = RunScope(workflow, current_actor(), state, node_id, search, _step(given, days), _version(workflow))
    return RunListParams(scope, time_order(given), PagePosition.asked_by(given, TALL_SIZE), days)


def _version(workflow: Workflow) -> WorkflowVersion | None:
    """Return the version whose runs alone are asked for; None for all, also where there is no such version."""
    number = row_number(request.args.get("version", ""))
    return find_version(workflow, number) if number else None


def _step(given: Mapping[str, str], days: int) -> StepTaken | None:
    """Read to which step the runs have come, or at which they failed, in the days of the figures."""
    node_id = given.get("step", "").replace("\x00", "")
    result = given.get("result") if given.get("result") == "failed" else None
    return StepTaken(node_id, first_day(days), result) if node_id else None
