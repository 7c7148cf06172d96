"""Triggers that are told of events of their own alone, which name workflow and node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_own(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Return whether an event is meant for the trigger with these settings."""
    mine = settings.get("workflow_id"), settings.get("node_id")
    return mine == (data.get("by_workflow"), data.get("by_node"))
