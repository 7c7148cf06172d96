"""`flask links`: ID links, which say what LINE users are called in the business's own systems."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import BinaryIO

import click

from app.cli.accounts import find_account
from app.cli.console import Commands, fail
from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance, request_cancel
from app.imports.id_links import queries
from app.imports.id_links.csv_writer import links_file
from app.imports.id_links.operations import Options, start_import
from app.imports.id_links.queries import IdLinkImportStatus, Import
from app.imports.id_links.upload import Sender, Upload
from app.line.models import Account
from app.team.actors import SYSTEM

links = Commands("links", help="ID links: what LINE users are called in your own systems.")
LOOK_SECONDS = 0.5
PIECE = 1024 * 1024
SHOWN = 20


@links.command(
    "import",
    examples=[
        "flask links import links.csv --account 1",
        "flask links import links.csv --account @tomoru-coffee --dry-run",
        "zcat links.csv.gz | flask links import - --account 1 --partial",
    ],
)
@click.argument("file", type=click.File("rb"))
@click.option("--account", required=True, help="A number from `flask accounts list` or a basic ID.")
@click.option("--dry-run", is_flag=True, help="Check the file and say what would change; change nothing.")
@click.option("--partial", is_flag=True, help="Take the valid rows although others are not.")
def bring_in(file: BinaryIO, account: str, dry_run: bool, partial: bool) -> None:
    """Import ID links from FILE (- is standard input), and end when the import does.

    The first line is line_user_id,user_id; docs/api.md describes the rest. Without --partial, a file with any invalid
    row changes nothing. An import of the same account that is under way goes first.
    """
    found = find_account(account)
    run_id = _send(found, file, Options(partial=partial, dry_run=dry_run)).id
    db.session.commit()
    try:
        done = _work(found, run_id)
    except KeyboardInterrupt:
        request_cancel(db.session.get_one(Run, run_id))
        db.session.commit()
        fail("Cancelled; nothing was changed.")
    _report(done)


def _send(account: Account, file: BinaryIO, options: Options) -> Run:
    name = getattr(file, "name", "-")
    size = Path(name).stat().st_size if Path(name).is_file() else None
    with Upload(account.id, Sender("Tomoru"), name, size) as reception:
        reception.receive(iter(lambda: file.read(PIECE), b""))
        return start_import(account, reception, options, actor=SYSTEM)


def _work(account: Account, run_id: int) -> Import:
    """Do the work here, or watch the worker that was faster."""
    shown = ""
    while (found := queries.import_by_id(account.id, run_id)) and found.run.is_active:
        words = _progress(found)
        if words != shown:
            click.echo(words, err=True)
        shown = words
        db.session.commit()
        advance(run_id)
        time.sleep(LOOK_SECONDS)
        db.session.expire_all()
    if found is None:
        fail("The import is gone.")
    return found


def _progress(found: Import) -> str:
    if found.phase == "waiting":
        return "Waiting for its turn …"
    return f"{found.phase.capitalize()}: {found.checked:,} rows …"


def _report(found: Import) -> None:
    names = ("new", "changed", "unchanged", "duplicates", "unknown", "shared", "invalid")
    counts = ", ".join(f"{found.number(name):,} {name}" for name in names if found.number(name))
    for problem in queries.problems(found.run.id, SHOWN):
        click.echo(f"Line {problem.line:,}: {problem.reason} {problem.value}".rstrip(), err=True)
    for shared in queries.shared_ids(found.run.id, SHOWN):
        click.echo(f"User ID {shared.user_id}: of {shared.line_users:,} LINE users", err=True)
    if (more := found.number("invalid") - SHOWN) > 0:
        click.echo(f"And {more:,} more lines; the console has them all.", err=True)
    if found.status == IdLinkImportStatus.ERROR:
        fail(found.reason)
    if found.status == IdLinkImportStatus.CANCELLED:
        fail("Cancelled; nothing was changed.")
    click.echo(f"{'Checked' if found.run.input['dry_run'] else 'Completed'}: {counts or 'no rows'}.")


@links.command("export", examples=["flask links export --account 1 > links.csv"])
@click.option("--account", required=True, help="A number from `flask accounts list` or a basic ID.")
def export(account: str) -> None:
    """Print all ID links in the very form that is imported."""
    for piece in links_file(find_account(account).id).pieces:
        sys.stdout.write(piece)
