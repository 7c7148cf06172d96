"""`flask accounts`: the LINE Official Accounts of this installation."""

from __future__ import annotations

import click
from sqlalchemy import select

from app.cli.console import Commands, fail, table
from app.cli.doctor import print_checks
from app.core.db import db
from app.core.identifiers import row_number
from app.line.models import Account
from app.line.operations import connecting
from app.line.setup_checks import operations
from app.line.setup_checks.results import of_account
from app.team.actors import SYSTEM

accounts = Commands("accounts", help="LINE Official Accounts.")


@accounts.command("list", examples=["flask accounts list"])
def show() -> None:
    """List the accounts with their state."""
    rows = db.session.scalars(select(Account).order_by(Account.id)).all()
    if not rows:
        fail("No LINE Official Account is connected yet. Connect one: flask accounts connect --help")
    table(("NUMBER", "BASIC ID", "NAME", "STATE", "FRIEND IMPORT"), [_row(account) for account in rows])


def _row(account: Account) -> tuple[object, ...]:
    may_import = {True: "yes", False: "no", None: "not known"}[account.has_followers_api]
    return account.id, account.basic_id, account.name, account.state, may_import


@accounts.command(
    "connect",
    examples=[
        "flask accounts connect --channel-id 2000000001",
        "flask accounts connect --with-token",
        "LINE_CHANNEL_SECRET=… flask accounts connect --channel-id 2000000001",
    ],
)
@click.option("--channel-id", help="The channel's ID; tokens are then issued by Tomoru itself.")
@click.option("--with-token", is_flag=True, help="Use a long-lived token from LINE's console instead.")
@click.option("--access-token", envvar="LINE_ACCESS_TOKEN", show_envvar=True, help="The token; asked for when missing.")
@click.option("--channel-secret", envvar="LINE_CHANNEL_SECRET", show_envvar=True, help="Asked for when missing.")
def connect(channel_id: str | None, with_token: bool, access_token: str | None, channel_secret: str | None) -> None:
    """Connect a LINE Official Account, or reconnect one that is disconnected, and point its webhook here.

    Secrets are asked for without being shown; for scripts they may stand in the environment.
    """
    if bool(channel_id) == with_token:
        raise click.UsageError("Give either --channel-id or --with-token.")
    token = (access_token or click.prompt("Access token", hide_input=True)) if with_token else ""
    secret = channel_secret or click.prompt("Channel secret", hide_input=True)
    proof = connecting.prove_token(token, secret) if with_token else connecting.prove_channel(channel_id or "", secret)
    account = connecting.connect(proof, actor=SYSTEM)
    db.session.commit()
    operations.set_up(account, actor=SYSTEM)
    db.session.commit()
    click.echo(f"Connected {account.name} ({account.basic_id}) as account {account.id}.")
    print_checks(of_account(account), only_troubles=True)


@accounts.command("disconnect", examples=["flask accounts disconnect 1", "flask accounts disconnect @coffee --yes"])
@click.argument("account")
@click.option("--yes", is_flag=True, help="Do not ask.")
def disconnect(account: str, yes: bool) -> None:
    """Stop everything that runs for ACCOUNT (number or basic ID) and forget its token. Its data stay."""
    found = find_account(account)
    if not yes:
        click.confirm(f"Disconnect {found.name}? Webhooks, imports and messages stop; its data stay.", abort=True)
    connecting.disconnect(found, actor=SYSTEM)
    db.session.commit()
    click.echo(f"Disconnected {found.name}.")


def find_account(wanted: str) -> Account:
    """Return the account with this number or basic ID; ends the command when there is none."""
    number = row_number(wanted)
    same = Account.id == number if number is not None else Account.basic_id == f"@{wanted.removeprefix('@')}"
    account = db.session.scalar(select(Account).where(same))
    if account is None:
        fail(f"There is no account “{wanted}”. See: flask accounts list")
    return account
