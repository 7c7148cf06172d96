"""Actors of team."""

from __future__ import annotations

from flask import current_app

from app.core.queue import Queue, actor
from app.team.operations import password_resets, pruning


@actor(Queue.MAIL)
def send_password_resets() -> None:
    password_resets.send_due(current_app.config["TOMORU"].public_url)


@actor()
def prune() -> None:
    config = current_app.config["TOMORU"]
    pruning.prune(config.audit_keep_days, config.session_days, config.session_max_days)
