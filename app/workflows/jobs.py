"""Actors of workflows."""

from __future__ import annotations

from flask import current_app

from app.core.queue import Queue, actor
from app.workflows.engine import accounts, advancing, clocks, pruning
from app.workflows.operations import secrets
from app.workflows.simulation import pruning as simulation_pruning


@actor(Queue.WORKFLOWS)
def advance() -> None:
    advancing.advance_due()


@actor(Queue.BULK)
def follow_clocks() -> None:
    clocks.follow_clocks()


@actor()
def prune() -> None:
    config = current_app.config["TOMORU"]
    pruning.prune(config.workflow_keep_days, config.webhook_keep_days)
    simulation_pruning.prune()


@actor()
def prune_former_accounts() -> None:
    accounts.prune_former_accounts()


@actor()
def prune_secrets() -> None:
    secrets.prune_secrets()
