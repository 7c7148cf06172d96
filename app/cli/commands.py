"""Every command of `flask`, added to the application by wsgi.py."""

from __future__ import annotations

from flask import Flask

from app.cli.accounts import accounts
from app.cli.broadcasts import broadcasts
from app.cli.chat import chat
from app.cli.doctor import doctor
from app.cli.events import events
from app.cli.imports import imports
from app.cli.integrations import integrations
from app.cli.links import links
from app.cli.members import members
from app.cli.messages import messages
from app.cli.prune import prune
from app.cli.schedule import schedule, scheduler
from app.cli.secrets import secrets
from app.cli.seed import seed
from app.cli.segments import segments
from app.cli.workflows import workflows

COMMANDS = (
    accounts,
    broadcasts,
    chat,
    doctor,
    events,
    imports,
    integrations,
    links,
    members,
    messages,
    prune,
    schedule,
    scheduler,
    secrets,
    seed,
    segments,
    workflows,
)


def register(app: Flask) -> Flask:
    """Add the commands, so that `flask NAME` finds them; returns the application."""
    for command in COMMANDS:
        app.cli.add_command(command)
    return app
