"""Actors of team."""

from __future__ import annotations

from flask import current_app

from app.core.queue import actor
from app.team.operations import pruning


@actor()
def prune() -> None:
    pruning.prune(current_app.config["TOMORU"].audit_keep_days)
