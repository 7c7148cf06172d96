"""The one blueprint of HubSpot, so that the menu and the tabs know where the reader is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.core import error_messages
from app.integrations.hubspot.models import HubSpotRegistration
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.labels import state_label
from app.integrations.shared.models import Integration
from app.integrations.shared.services import SERVICES

blueprint = Blueprint("hubspot", __name__, url_prefix="/integrations/hubspot")


@blueprint.context_processor
def words_for_templates() -> dict[str, Any]:
    """Give the frame of the three screens the state of a connection and the reason for it."""
    return {
        "portal_state": portal_state,
        "portal_problem": portal_problem,
        "problem_sentence": problem_sentence,
    }


def portal_state(connection: Integration) -> tuple[str, str]:
    """Return the state in words, and its colour."""
    return state_label(connection.state, SERVICES[HUBSPOT].name)


def portal_problem(connection: Integration) -> str:
    """Return why nothing is exchanged, in a sentence; empty while it is connected."""
    return "" if connection.is_connected else error_messages.sentence(connection.reason)


def problem_sentence(registration: HubSpotRegistration) -> str:
    """Return why registering the app failed, in a sentence."""
    return error_messages.sentence(registration.problem, registration.problem_values)
