"""`flask broadcasts`: look at broadcasts, send, pause, resume and stop them, and prove their ledgers."""

from __future__ import annotations

from collections.abc import Callable

import click
from sqlalchemy import select

from app.cli.accounts import find_account
from app.cli.console import Commands, fail, table
from app.core import error_messages, heartbeats
from app.core.db import db
from app.core.i18n import when
from app.core.worker_classes import WorkerClass
from app.messages.broadcasts import verify as ledger
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.messages.broadcasts.operations.confirming import confirm
from app.messages.broadcasts.operations.control import pause, resume, stop
from app.team.actors import SYSTEM

# As large as PostgreSQL's numbers get.
NUMBER = click.IntRange(1, 2**63 - 1)
broadcasts = Commands("broadcasts", help="Message broadcasts: one message to many friends.")


@broadcasts.command("list", examples=["flask broadcasts list", "flask broadcasts list @tomoru-coffee"])
@click.argument("account", required=False)
def show_all(account: str | None) -> None:
    """List the broadcasts, the newest first, of all accounts or of ACCOUNT (number or basic ID)."""
    query = select(Broadcast).order_by(Broadcast.id.desc())
    if account:
        query = query.where(Broadcast.account_id == find_account(account).id)
    rows = [_row(one) for one in db.session.scalars(query)]
    if not rows:
        fail("There are no broadcasts yet.")
    table(("NUMBER", "ACCOUNT", "NAME", "STATE", "TIME", "PEOPLE", "SENT"), rows)


def _row(one: Broadcast) -> tuple[object, ...]:
    people = (one.frozen or one.reviewed or {}).get("reachable")
    shown = "–" if people is None else f"{people:,}"
    at = one.started_at or one.scheduled_at
    return one.id, one.account_id, one.name, one.state, when(at), shown, f"{one.counts.get('sent', 0):,}"


@broadcasts.command("show", examples=["flask broadcasts show 12"])
@click.argument("broadcast", type=NUMBER)
def show(broadcast: int) -> None:
    """Show the state of BROADCAST (a number from `flask broadcasts list`), why it stands, and its people by state."""
    found = _find(broadcast)
    click.echo(f"{found.name}: {found.state}")
    if found.reason:
        click.echo(error_messages.sentence(found.reason, found.reason_values))
    click.echo(f"Time: {when(found.scheduled_at)}. Begun: {when(found.started_at)}. Ended: {when(found.finished_at)}.")
    for state, people in found.counts.items():
        if people:
            click.echo(f"{state.replace('_', ' ')}: {people:,}")


@broadcasts.command("send", examples=["flask broadcasts send 12"])
@click.argument("broadcast", type=NUMBER)
def send(broadcast: int) -> None:
    """Confirm the draft BROADCAST as it is stored: it is sent at its time, or at once if it has none."""
    found = _find(broadcast)
    confirmed = confirm(found.account_id, found.id, seen=found.version, actor=SYSTEM)
    db.session.commit()
    if confirmed.state == BroadcastState.DRAFT:
        click.echo(f"{confirmed.name} is confirmed and waits for a second person.")
        return
    planned = f"at {when(confirmed.scheduled_at)}" if confirmed.scheduled_at else "now"
    click.echo(f"{confirmed.name} is sent {planned}.")
    _warn()


@broadcasts.command("pause", examples=["flask broadcasts pause 12"])
@click.argument("broadcast", type=NUMBER)
def pause_one(broadcast: int) -> None:
    """Pause BROADCAST: no further call to LINE begins."""
    _change(broadcast, pause, "is paused")


@broadcasts.command("resume", examples=["flask broadcasts resume 12"])
@click.argument("broadcast", type=NUMBER)
def resume_one(broadcast: int) -> None:
    """Let the paused BROADCAST go on where it stands."""
    _change(broadcast, resume, "goes on")
    _warn()


@broadcasts.command("stop", examples=["flask broadcasts stop 12"])
@click.argument("broadcast", type=NUMBER)
def stop_one(broadcast: int) -> None:
    """Stop BROADCAST: who was not sent to yet gets nothing."""
    _change(broadcast, stop, "is stopped")


@broadcasts.command("verify", examples=["flask broadcasts verify 12"])
@click.argument("broadcast", type=NUMBER)
def verify(broadcast: int) -> None:
    """Prove that every person BROADCAST was frozen to is in exactly one state, and that all its counts agree."""
    found = _find(broadcast)
    verdict = ledger.verify(found.id)
    for state, people in verdict.counts.items():
        if people:
            click.echo(f"{state.replace('_', ' ')}: {people:,}")
    if not verdict.is_good:
        fail("The ledger is wrong. " + " ".join(map(str, verdict.problems)))
    click.echo("The ledger is right.")


def _change(number: int, change: Callable[..., Broadcast], words: str) -> None:
    found = _find(number)
    changed = change(found.account_id, found.id, actor=SYSTEM)
    db.session.commit()
    click.echo(f"{changed.name} {words}.")


def _warn() -> None:
    if not heartbeats.is_served(WorkerClass.SENDING):
        click.echo("No sending worker is running; it goes on as soon as one is.", err=True)


def _find(number: int) -> Broadcast:
    found = db.session.get(Broadcast, number)
    if found is None:
        fail(f"There is no broadcast {number}. See: flask broadcasts list")
    return found
