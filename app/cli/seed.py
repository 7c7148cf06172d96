"""`flask seed demo`: an invented workspace to look around in."""

from __future__ import annotations

import click
from flask import current_app

from app.cli.console import Commands, fail
from app.core.config import Config
from app.seeds import demo, known
from app.seeds.sandbox import Sandbox, SandboxAway

seed = Commands("seed", help="Invented data to look around in.")


@seed.command("demo", examples=["flask seed demo"])
def seed_demo() -> None:
    """Set up the demo: a workspace, two shops in the LINE sandbox, their friends and segments; once is enough.

    Needs SANDBOX_URL, and LINE_API_URL and LINE_DATA_URL pointing at the same sandbox, as `make run` sets them.
    """
    config: Config = current_app.config["TOMORU"]
    if not config.sandbox_url or config.line_api_url != config.sandbox_url:
        fail("The demo lives in the LINE sandbox: set SANDBOX_URL, LINE_API_URL and LINE_DATA_URL to its address.")
    try:
        for sentence in demo.seed(Sandbox(config.sandbox_url)):
            click.echo(f"· {sentence}")
    except SandboxAway as error:
        fail(f"{error} Start it: python -m sandbox --demo --port {config.sandbox_url.rpartition(':')[2]}")
    click.echo(f"Sign in with {known.ADMINISTRATOR[0]} or {known.STAFF[0]}, password {known.PASSWORD}")
