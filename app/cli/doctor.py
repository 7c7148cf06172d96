"""`flask doctor`: everything that must be right, looked at now."""

from __future__ import annotations

from collections.abc import Sequence

import click
from sqlalchemy import select

from app.cli.console import command
from app.core.db import db
from app.line.models import Account, AccountState
from app.line.setup_checks.results import Check, run_all
from app.line.setup_checks.texts import CheckState

MARKS = {
    CheckState.GREEN: ("✓", "green"),
    CheckState.RED: ("✗", "red"),
    CheckState.ADVICE: ("!", "yellow"),
    CheckState.UNKNOWN: ("?", "yellow"),
}
LABEL_WIDTH = 22


@command("doctor", examples=["flask doctor", "flask doctor && echo fine"])
def doctor() -> None:
    """Check the installation and every LINE Official Account, and say what to do about what is wrong.

    Asks LINE, so it takes some seconds an account. Ends with exit code 1 when something does not work.
    """
    click.secho("Installation", bold=True)
    found = run_all()
    print_checks(found)
    in_use = select(Account).where(Account.state != AccountState.DISCONNECTED).order_by(Account.id)
    for account in db.session.scalars(in_use).all():
        click.secho(f"\n{account.name} ({account.basic_id})", bold=True)
        checks = run_all(account)
        db.session.commit()
        print_checks(checks)
        found += checks
    red = sum(check.state == CheckState.RED for check in found)
    click.echo()
    if red:
        raise click.ClickException(f"{red} of {len(found)} checks are red.")
    click.secho("Everything works.", fg="green")


def print_checks(checks: Sequence[Check], *, only_troubles: bool = False) -> None:
    """One line a check, and below it the next step where there is one."""
    for check in checks:
        if only_troubles and check.state == CheckState.GREEN:
            continue
        mark, colour = MARKS[check.state]
        click.echo(f"{click.style(mark, fg=colour)} {check.label:<{LABEL_WIDTH}} {check.sentence}")
        if check.next_click:
            where = f" {check.url}" if check.url else ""
            click.echo(f"  {'':<{LABEL_WIDTH}} → {check.next_click}{where}")
