"""Decide what a run does next. It only computes: the same arrival always gives the same decision."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import PermanentFailure, RetryLater
from app.core.shutdown import Stopped
from app.workflows.definition.decisions import Decision, Fail
from app.workflows.definition.kinds import ACTIONS
from app.workflows.definition.state import Arrival

log = structlog.get_logger(__name__)
UNEXPECTED = "workflows.unexpected"


def decide(arrival: Arrival) -> Decision:
    """Return what is to be done; a node whose kind is unknown or unavailable fails with a sentence that says so.

    A fault of the kind would come again each time, so that the step has failed.
    """
    kind = ACTIONS.get(arrival.node.kind)
    if kind is None:
        return Fail("workflows.unknown_kind", {"kind": arrival.node.kind})
    if (reason := kind.unavailable()) is not None:
        return Fail("workflows.unavailable", {"reason": str(reason)})
    try:
        return kind.decide(arrival)
    except (RetryLater, PermanentFailure, Stopped, SQLAlchemyError):
        raise
    except Exception:
        log.exception("workflow.step_failed", step=arrival.key, node=arrival.node.id, kind=arrival.node.kind)
        return Fail(UNEXPECTED)
