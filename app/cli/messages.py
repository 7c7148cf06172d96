"""`flask messages`: conversations on record."""

from __future__ import annotations

import click

from app.cli.accounts import find_account
from app.cli.console import Commands
from app.core import heartbeats
from app.core.db import db
from app.core.worker_classes import WorkerClass
from app.line.models import Account
from app.messages.conversations.history import fill_history
from app.team.actors import SYSTEM

messages = Commands("messages", help="Messages and conversations.")


@messages.command(
    "fill-history",
    examples=["flask messages fill-history", "flask chat fill-history", "flask messages fill-history @tomoru-coffee"],
)
@click.argument("account", required=False)
def fill(account: str | None) -> None:
    """Fill conversations with what friends wrote before conversations were kept; a worker does it in the background.

    ACCOUNT is a number from `flask accounts list` or a basic ID; without one, every account is filled. Home shows the
    progress. Doing it again changes nothing.
    """
    accounts = [find_account(account)] if account else list(db.session.scalars(db.select(Account).order_by(Account.id)))
    for found in accounts:
        run, is_new = fill_history(found, actor=SYSTEM)
        said = f"{run.total or 0:,} events are looked through" if is_new else "is under way already"
        click.echo(f"{found.name}: {said}.")
    db.session.commit()
    if accounts and not heartbeats.is_served(WorkerClass.BULK):
        click.echo("No bulk worker is running; it goes on as soon as one is.", err=True)
