"""The one blueprint of an account's rich menus, so that the menu knows where the reader is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.core import error_messages
from app.core.runs.models import Run

blueprint = Blueprint("rich_menus", __name__, url_prefix="/accounts/<int:account_id>/rich-menus")


@blueprint.context_processor
def _helpers() -> dict[str, Any]:
    """Give templates `reason_of(run)`, why it waits or failed."""
    return {"reason_of": _reason}


def _reason(run: Run) -> str:
    return error_messages.sentence(run.reason, run.reason_values)
