"""The one blueprint of an account's broadcasts, so that the menu knows where the reader is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.messages.broadcasts.words import STATE_COLOURS, STATES, clock_words, moment_words

blueprint = Blueprint("broadcasts", __name__, url_prefix="/accounts/<int:account_id>/broadcasts")


@blueprint.context_processor
def _helpers() -> dict[str, Any]:
    """Give templates the names and colours of states, by state, and moments in words."""
    moments = {"moment_words": moment_words, "clock": clock_words}
    return {"broadcast_states": STATES, "broadcast_colours": STATE_COLOURS, **moments}
