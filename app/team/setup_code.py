"""The code that the first page of a new installation asks for, so that no stranger who finds it first takes it over.

It follows from SECRET_KEY, so that all processes and hosts know the same one without storing it, and is of no use once
there is a member.
"""

from __future__ import annotations

import base64
import hmac

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.core.config import Config
from app.core.db import db
from app.core.secrets import same
from app.team import queries

log = structlog.get_logger(__name__)
_LENGTH, _GROUP = 12, 4


def code_of(secret_key: str) -> str:
    """Return the code of the installation with this SECRET_KEY, such as "k3mf-72qa-xw5d"."""
    made = hmac.digest(secret_key.encode(), b"tomoru first administrator", "sha256")
    plain = base64.b32encode(made).decode().lower()[:_LENGTH]
    return "-".join(plain[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def fits(secret_key: str, typed: str) -> bool:
    """Return whether this is the code, however it was spaced; compared in constant time."""
    plain = "".join(typed.lower().replace("-", " ").split())
    return same(plain, code_of(secret_key).replace("-", ""))


def address(public_url: str, secret_key: str) -> str:
    """Return the address of the first page with the code filled in."""
    return f"{public_url}/setup?code={code_of(secret_key)}"


def log_if_new(app: Flask) -> None:
    """Write the address into the log when there is no member yet; for the start of the web server.

    Leaves no connection open, since processes are forked afterwards.
    """
    config: Config = app.config["TOMORU"]
    with app.app_context():
        try:
            is_new = not queries.anybody_here()
        except SQLAlchemyError:
            # The tables may be made only after this; `flask members setup-code` says it at any time.
            is_new = False
        finally:
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()
    if is_new:
        log.warning("setup.waits_for_the_first_administrator", address=address(config.public_url, config.secret_key))
