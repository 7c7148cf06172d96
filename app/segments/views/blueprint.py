"""The one blueprint of everything below an account's segments, so that the menu knows where the reader is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.segments.actions import actions_for
from app.team.permissions import me

blueprint = Blueprint("segments", __name__, url_prefix="/accounts/<int:account_id>/segments")


@blueprint.context_processor
def _actions() -> dict[str, Any]:
    """Give templates `segment_actions()`, the links of upper layers for the reader."""
    return {"segment_actions": lambda: actions_for(me().may)}
