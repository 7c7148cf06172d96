"""Every command of `flask`, put onto the application by its door."""

from __future__ import annotations

from flask import Flask

from app.cli.schedule import schedule, scheduler
from app.cli.secrets import secrets

COMMANDS = (schedule, scheduler, secrets)


def register(app: Flask) -> Flask:
    """Add the commands, so that `flask NAME` finds them; returns the application."""
    for command in COMMANDS:
        app.cli.add_command(command)
    return app
