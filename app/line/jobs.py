"""Actors of line: shells around one operation each."""

from __future__ import annotations

from flask import current_app

from app.core.queue import Queue, actor
from app.line.operations import group_members, groups, processing, refresh, webhook_events
from app.line.setup_checks import operations as setup_checks


@actor(Queue.WEBHOOKS)
def process_events() -> None:
    processing.process_due()


@actor()
def prune_events() -> None:
    webhook_events.prune(current_app.config["TOMORU"].webhook_keep_days)


@actor()
def fetch_groups() -> None:
    groups.fetch_due_summaries()


@actor()
def fetch_group_members() -> None:
    group_members.fetch_due_profiles()


@actor()
def set_up_account(account_id: int) -> None:
    setup_checks.set_up_if_new(account_id)


@actor()
def refresh_accounts() -> None:
    refresh.refresh_due_later()


@actor()
def refresh_account(account_id: int) -> None:
    refresh.refresh(account_id)


@actor()
def check_accounts() -> None:
    setup_checks.check_all_later()


@actor()
def check_account(account_id: int) -> None:
    setup_checks.check(account_id)
