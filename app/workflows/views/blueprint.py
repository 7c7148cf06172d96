"""The one blueprint of workflows, so that the menu knows where the reader is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.core.i18n import Text
from app.team.permissions import current_actor
from app.workflows.definition.kinds import TRIGGERS
from app.workflows.queries.late import late_triggers
from app.workflows.templates.offered import offers
from app.workflows.templates.picture import icons_of
from app.workflows.words import QUESTIONS, STATUS_COLOURS, STATUSES


def trigger_label(kind: str) -> Text:
    """Return the name of a kind of trigger."""
    return TRIGGERS[kind].label


blueprint = Blueprint("workflows", __name__, url_prefix="/workflows")


@blueprint.context_processor
def words_for_templates() -> dict[str, Any]:
    """Give templates the names and colours of states, names of steps, and titles of questions."""
    late = {"late_triggers": late_triggers, "trigger_label": trigger_label}
    states = {"workflow_statuses": STATUSES, "workflow_colours": STATUS_COLOURS}
    return {
        **states,
        **late,
        "workflow_questions": QUESTIONS,
        "workflow_templates": lambda: offers(current_actor()),
        "picture_icons": icons_of,
    }
