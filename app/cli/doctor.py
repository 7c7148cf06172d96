"""`flask doctor`: everything that must be right, looked at now."""

from __future__ import annotations

from collections.abc import Sequence

import click
from sqlalchemy import select

from app.cli.console import command
from app.core.db import db
from app.core.errors import TomoruError
from app.line.models import Account, AccountState
from app.line.setup_checks.results import Check, run_all
from app.line.setup_checks.texts import CheckState
from app.media.storage.stores import stores

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
    is_storing = check_media()
    in_use = select(Account).where(Account.state != AccountState.DISCONNECTED).order_by(Account.id)
    for account in db.session.scalars(in_use).all():
        click.secho(f"\n{account.name} ({account.basic_id})", bold=True)
        checks = run_all(account)
        db.session.commit()
        print_checks(checks)
        found += checks
    red = sum(check.state == CheckState.RED for check in found) + (not is_storing)
    click.echo()
    if red:
        raise click.ClickException(f"{red} of {len(found) + 1} checks are red.")
    click.secho("Everything works.", fg="green")


def check_media() -> bool:
    """Store, read and delete a few bytes where uploaded files go, and print how it went."""
    place = stores.where
    try:
        stores.probe()
    except (TomoruError, OSError):
        _print_line(CheckState.RED, "Uploaded files", f"Cannot be stored in {place}.")
        _print_next("Check MEDIA_DIR or the MEDIA_S3 settings, the rights there, and whether there is room.")
        return False
    _print_line(CheckState.GREEN, "Uploaded files", f"Are stored in {place}.")
    return True


def print_checks(checks: Sequence[Check], *, only_troubles: bool = False) -> None:
    """One line a check, and below it the next step where there is one."""
    for check in checks:
        if only_troubles and check.state == CheckState.GREEN:
            continue
        _print_line(check.state, check.label, check.sentence)
        if check.next_click:
            _print_next(check.next_click + (f" {check.url}" if check.url else ""))


def _print_line(state: CheckState, label: str, sentence: str) -> None:
    mark, colour = MARKS[state]
    click.echo(f"{click.style(mark, fg=colour)} {label:<{LABEL_WIDTH}} {sentence}")


def _print_next(step: str) -> None:
    click.echo(f"  {'':<{LABEL_WIDTH}} → {step}")
