"""`flask members`: people who may sign in."""

from __future__ import annotations

import sys

import click
from flask import current_app

from app.cli.console import Commands, fail
from app.core.db import db
from app.team import queries, setup_code
from app.team.actors import SYSTEM
from app.team.operations import setup

members = Commands("members", help="People who may sign in.")


@members.command(
    "create-admin",
    examples=[
        "flask members create-admin --email me@example.com --name 'Akari Sato'",
        "pass tomoru | flask members create-admin --email me@example.com --name Akari --password-stdin",
    ],
)
@click.option("--email", prompt="E-mail", help="Address to sign in with.")
@click.option("--name", prompt="Name", help="Shown to colleagues and in the audit log.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def create_admin(email: str, name: str, password_stdin: bool) -> None:
    """Make an administrator, who may do everything.

    For an installation whose first page cannot be reached, or whose administrators are all locked out.
    """
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    member = setup.create_administrator(email=email, name=name, password=password, actor=SYSTEM)
    db.session.commit()
    click.echo(f"{member.name} ({member.email}) may now sign in as an administrator.")


@members.command("setup-code", examples=["flask members setup-code"])
def show_setup_code() -> None:
    """Show where the first administrator of a new installation is made, with the one-time code for it."""
    if queries.anybody_here():
        fail("There are members already; `flask members create-admin` makes another administrator.")
    config = current_app.config["TOMORU"]
    click.echo(setup_code.address(config.public_url, config.secret_key))
