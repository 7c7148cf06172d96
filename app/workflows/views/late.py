"""Decide of triggers whose moment passed while the system was away."""

from __future__ import annotations

from flask import Response, request, url_for

from app.core import htmx
from app.core.errors import InvalidInput
from app.core.i18n import _, _l
from app.team.permissions import Permission, current_actor, requires
from app.workflows.operations.clocks import LateDecision, decide_late
from app.workflows.views.blueprint import blueprint


@blueprint.post("/<int:workflow_id>/late/<int:trigger_id>")
@requires(Permission.WORKFLOWS)
def decide_trigger(workflow_id: int, trigger_id: int) -> Response:
    """Let the trigger fire now, or pass over what was missed."""
    decision = _decision()
    decide_late(workflow_id, trigger_id, decision, actor=current_actor())
    fires = decision is LateDecision.FIRE
    toast = _("The workflow starts now for what was missed.") if fires else _("What was missed is passed over.")
    return htmx.go(url_for("workflows.show", workflow_id=workflow_id), toast=toast)


def _decision() -> LateDecision:
    try:
        return LateDecision(request.form.get("decision", ""))
    except ValueError:
        raise InvalidInput(decision=_l("Choose what becomes of the trigger.")) from None
