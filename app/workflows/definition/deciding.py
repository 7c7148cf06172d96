"""Decide what a run does next. It only computes: the same arrival always gives the same decision."""

from __future__ import annotations

from app.workflows.definition.decisions import Decision, Fail
from app.workflows.definition.kinds import ACTIONS
from app.workflows.definition.state import Arrival


def decide(arrival: Arrival) -> Decision:
    """Return what is to be done; a node whose kind is unknown or unavailable fails with a sentence that says so."""
    kind = ACTIONS.get(arrival.node.kind)
    if kind is None:
        return Fail("workflows.unknown_kind", {"kind": arrival.node.kind})
    if (reason := kind.unavailable()) is not None:
        return Fail("workflows.unavailable", {"reason": str(reason)})
    return kind.decide(arrival)
