"""`flask integrations`: connected accounts of other services."""

from __future__ import annotations

import click

from app.cli.console import Commands, fail, table
from app.core.db import db
from app.core.identifiers import row_number
from app.integrations.hubspot.operations import disconnect as leave
from app.integrations.hubspot.queries import get_integration
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import accounts_of, integrations_for
from app.team.actors import SYSTEM

integrations = Commands("integrations", help="Connected accounts of other services.")


@integrations.command("list", examples=["flask integrations list"])
def show_all() -> None:
    """List the connected and once connected accounts with their state."""
    rows = integrations_for(SYSTEM)
    if not rows:
        fail("No other service is connected yet. Connect one on the page Integrations.")
    table(("NUMBER", "SERVICE", "ID", "NAME", "STATE"), [(r.id, r.service, r.remote_id, r.name, r.state) for r in rows])


@integrations.command("show", examples=["flask integrations show 1", "flask integrations show 243000001"])
@click.argument("integration")
def show(integration: str) -> None:
    """Show one INTEGRATION (number, or ID at the service): state, LINE accounts, scopes and times."""
    found = find_integration(integration)
    covered = [f"{entry.number}: {account.name} ({account.basic_id})" for entry, account in accounts_of(found.id)]
    facts = (
        ("Service", found.service),
        ("ID", found.remote_id),
        ("Name", found.name),
        ("State", f"{found.state} ({found.reason})" if found.reason else found.state),
        ("LINE accounts", ", ".join(covered) or "none"),
        ("Granted", " ".join(found.scopes) or "nothing"),
        ("Sync every", f"{found.sync_minutes} minutes"),
        ("Next sync", found.next_sync_at or "none"),
        ("Token until", found.access_expires_at or "none"),
    )
    for name, value in facts:
        click.echo(f"{name + ':':15}{value}")


@integrations.command("disconnect", examples=["flask integrations disconnect 1 --yes"])
@click.argument("integration")
@click.option("--yes", is_flag=True, help="Do not ask.")
def disconnect(integration: str, yes: bool) -> None:
    """End the exchange with INTEGRATION (number, or ID at the service). All data stay."""
    found = find_integration(integration)
    name = found.name or found.remote_id
    if not yes:
        click.confirm(f"Disconnect {name}? Syncs and sends from its workflows stop; all data stay.", abort=True)
    is_told = leave(get_integration(found.id, SYSTEM, lock=True), actor=SYSTEM)
    db.session.commit()
    click.echo(f"Disconnected {name}.")
    if not is_told:
        click.echo("The service could not be told: uninstall the app there by hand.")


def find_integration(wanted: str) -> Integration:
    """Return the integration with this number or ID at its service; ends the command when there is none."""
    rows = integrations_for(SYSTEM)
    found = [row for row in rows if row.id == row_number(wanted)] or [row for row in rows if row.remote_id == wanted]
    if not found:
        fail(f"There is no integration “{wanted}”. See: flask integrations list")
    return found[0]
