"""`flask secrets`: the keys that stored secrets are encrypted with."""

from __future__ import annotations

import click
from cryptography.fernet import Fernet

from app.cli.console import Commands, fail
from app.core.key_rotation import rotate_all

secrets = Commands("secrets", help="Encryption keys of stored secrets.")


@secrets.command("new-key", with_appcontext=False, examples=["flask secrets new-key"])
def new_key() -> None:
    """Print a new encryption key.

    To change keys: put the new one in front of the old in ENCRYPTION_KEYS (new,old), restart every process, run
    `flask secrets rotate`, and take the old key away.
    """
    click.echo(Fernet.generate_key().decode())


@secrets.command("rotate", examples=["flask secrets rotate"])
def rotate() -> None:
    """Re-encrypt every stored secret under the first of ENCRYPTION_KEYS. May be run again at any time."""
    result = rotate_all()
    click.echo(f"{result.rotated} re-encrypted, {result.current} were under the newest key already.")
    if result.unreadable:
        places = "\n".join(f"  {place}" for place in result.unreadable)
        fail(f"None of ENCRYPTION_KEYS opens these; add the key that wrote them and run this again:\n{places}")
