"""`flask events`: what LINE sent, and who acts upon it."""

from __future__ import annotations

import click

from app.cli.accounts import find_account
from app.cli.console import Commands, fail, table
from app.core.db import db
from app.core.events import listeners
from app.line.models import Account, WebhookEvent
from app.line.operations import webhook_events
from app.team.actors import SYSTEM

events = Commands("events", help="What LINE sent, and who acts upon it.")


@events.command(
    "replay", examples=["flask events replay 4711", "flask events replay --failed --account @tomoru-coffee"]
)
@click.argument("event_id", type=int, required=False)
@click.option("--failed", is_flag=True, help="Every failed event instead of one.")
@click.option("--account", help="With --failed: only those of this account (number or basic ID).")
def replay(event_id: int | None, failed: bool, account: str | None) -> None:
    """Have the webhook event EVENT_ID, or all failed ones, processed again. What they did already is not done twice."""
    if (event_id is None) != failed or (account and not failed):
        raise click.UsageError("Give either the number of an event, or --failed (and with it --account).")
    count = _replay_failed(account) if event_id is None else _replay_one(event_id)
    db.session.commit()
    click.echo(f"{count} to be processed again." if count else "There is nothing to process again.")


def _replay_one(event_id: int) -> int:
    event = db.session.get(WebhookEvent, event_id)
    if event is None:
        fail(f"There is no webhook event {event_id}.")
    webhook_events.replay(db.session.get_one(Account, event.account_id), event, actor=SYSTEM)
    return 1


def _replay_failed(account: str | None) -> int:
    """Accounts that were disconnected are passed over, unless they were asked for by name."""
    if account:
        return webhook_events.replay_failed(find_account(account), actor=SYSTEM)
    open_accounts = [row for row in db.session.query(Account).order_by(Account.id) if row.disconnected_at is None]
    return sum(webhook_events.replay_failed(row, actor=SYSTEM) for row in open_accounts)


@events.command("listeners", examples=["flask events listeners"])
def show_listeners() -> None:
    """List which function listens to which announcement inside Tomoru."""
    rows = [(name, function) for name, functions in sorted(listeners().items()) for function in functions]
    table(("ANNOUNCEMENT", "LISTENER"), rows)
