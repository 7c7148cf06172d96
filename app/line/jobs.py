"""Actors of line: shells around one operation each."""

from __future__ import annotations

from flask import current_app

from app.core.queue import Queue, actor
from app.line.operations import groups, looking, processing, webhook_events


@actor(Queue.WEBHOOKS)
def process_events() -> None:
    processing.process_due()


@actor(Queue.SWEEPS)
def sweep_events() -> None:
    processing.sweep()


@actor()
def prune_events() -> None:
    webhook_events.prune(current_app.config["TOMORU"].webhook_keep_days)


@actor()
def fetch_groups() -> None:
    groups.fetch_due_summaries()


@actor()
def set_up_account(account_id: int) -> None:
    looking.set_up_if_new(account_id)


@actor()
def refresh_accounts() -> None:
    looking.refresh_due_later()


@actor()
def refresh_account(account_id: int) -> None:
    looking.refresh(account_id)


@actor()
def check_accounts() -> None:
    looking.check_all_later()


@actor()
def check_account(account_id: int) -> None:
    looking.check(account_id)
