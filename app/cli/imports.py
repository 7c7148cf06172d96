"""`flask import`: bring in what existed before."""

from __future__ import annotations

import sys
import time

import click

from app.cli.accounts import find_account
from app.cli.console import Commands, fail
from app.core import error_messages, heartbeats
from app.core.db import db
from app.core.runs.models import Run, RunState
from app.core.runs.queries import rate, time_left
from app.core.worker_classes import WorkerClass
from app.imports.friends.operations import start_friend_import
from app.team.actors import SYSTEM

imports = Commands("import", help="Bring in what existed before.")
LOOK_SECONDS = 0.5


@imports.command("friends", examples=["flask import friends 1", "flask import friends @tomoru-coffee --wait"])
@click.argument("account")
@click.option("--wait", is_flag=True, help="Show the progress, and end when the import does.")
def friends(account: str, wait: bool) -> None:
    """Import the LINE friends that ACCOUNT had before it was connected; a worker does it in the background.

    ACCOUNT is a number from `flask accounts list` or a basic ID such as @tomoru-coffee. Nothing that is here already
    is overwritten. An import that is running is joined.
    """
    found = find_account(account)
    run, is_new = start_friend_import(found, actor=SYSTEM)
    db.session.commit()
    click.echo(f"The friend import of {found.name} {'has been started' if is_new else 'is running already'}.")
    if not heartbeats.is_served(WorkerClass.BULK):
        click.echo("No bulk worker is running; the import goes on as soon as one is.", err=True)
    if wait:
        _follow(run.id)


def _follow(run_id: int) -> None:
    try:
        run = _wait(run_id)
    except KeyboardInterrupt:
        click.echo("\nThe import goes on in the background.")
        return
    counts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in run.counts.items() if number)
    if run.state == RunState.COMPLETED:
        click.echo(f"Completed: {counts or 'no friends to import'}.")
    elif run.state == RunState.CANCELLED:
        fail(f"Cancelled: {counts or 'no friends imported'}.")
    else:
        fail(f"Failed: {error_messages.sentence(run.reason, run.reason_values)}")


def _wait(run_id: int) -> Run:
    """Look again and again, as every look is a transaction of its own, until the run has ended."""
    shown = ""
    while (run := db.session.get_one(Run, run_id)).is_active:
        shown = _show(_progress(run), shown)
        db.session.rollback()
        time.sleep(LOOK_SECONDS)
    if sys.stdout.isatty():
        click.echo("\r" + " " * len(shown) + "\r", nl=False)
    return run


def _show(words: str, shown: str) -> str:
    """On a terminal the line is overwritten; in a file only what has changed is added."""
    if sys.stdout.isatty():
        click.echo("\r" + words.ljust(len(shown)), nl=False)
    elif words != shown:
        click.echo(words)
    return words


def _progress(run: Run) -> str:
    if run.state == RunState.QUEUED:
        return "Waiting for a worker …"
    if run.total is None:
        return "Reading LINE's list of followers …"
    speed, left = rate(run), time_left(run)
    words = [f"{run.done:,} of {run.total:,}"]
    words += [f"{speed:,.0f} a second"] if speed else []
    words += [f"{int(left.total_seconds())} s left"] if left else []
    return " · ".join(words)
