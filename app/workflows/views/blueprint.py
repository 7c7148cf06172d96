"""The one blueprint of workflows, so that the menu knows where the reader is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.workflows.queries.starting import node_words
from app.workflows.words import QUESTIONS, STATUS_COLOURS, STATUSES

blueprint = Blueprint("workflows", __name__, url_prefix="/workflows")


@blueprint.context_processor
def _helpers() -> dict[str, Any]:
    """Give templates the names and colours of states, names of steps, and titles of questions."""
    states = {"workflow_statuses": STATUSES, "workflow_colours": STATUS_COLOURS}
    return {**states, "node_words": node_words, "workflow_questions": QUESTIONS}
