"""Three addresses for machines: /healthz (this process), /readyz (what this web needs), /statusz (the installation).

A load balancer asks /readyz. It fails only for what another web host might do better: a store that all of them share,
or workers, would take every host out at once, while each of them still takes webhooks in and shows pages.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import redis
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.core import heartbeats, redis_client
from app.core.db import Trouble, db, trouble
from app.core.redis_client import RedisState
from app.core.scheduler.leader import leader
from app.core.worker_classes import STARTED

Answer = tuple[Response, int]


def init_app(app: Flask) -> None:
    """Register the addresses; they are public and say nothing a stranger could use."""
    views: tuple[Callable[[], ResponseReturnValue], ...] = (healthz, readyz, statusz)
    for view in views:
        view.access = "public"  # type: ignore[attr-defined]
        app.add_url_rule(f"/{view.__name__}", view_func=view)


def healthz() -> Response:
    """Check that this process answers."""
    return jsonify(status="ok")


def readyz() -> Answer:
    """200 when the database answers and has this program's migrations, else 503.

    A database that takes no changes and a Redis that is away are named, and the status is then "limited".
    """
    needed, named = _needed(), _named()
    is_ready = all(needed.values())
    status = "not ready" if not is_ready else "ok" if all(named.values()) else "limited"
    return jsonify(status=status, checks=needed | named), 200 if is_ready else 503


def statusz() -> Answer:
    """200 when all that the installation needs is there, workers and a leading scheduler included, else 503."""
    checks = _needed() | _named() | _processes()
    is_whole = all(checks.values())
    return jsonify(status="ok" if is_whole else "not ok", checks=checks), 200 if is_whole else 503


def _needed() -> dict[str, bool]:
    answers = trouble.state() in {None, Trouble.READ_ONLY}
    return {"database": answers, "migrations": answers and _passes(migrations_are_current)}


def _named() -> dict[str, bool]:
    return {"database_writes": trouble.state() is None, "redis": redis_state() is RedisState.OK}


def _processes() -> dict[str, bool]:
    """Return whether each worker class is served and a scheduler leads; all are missing while the database is away."""
    try:
        missing, leads = heartbeats.missing_classes(), leader() is not None
    except (SQLAlchemyError, OSError):
        db.session.rollback()
        missing, leads = STARTED, False
    return {heartbeats.worker_kind(name): name not in missing for name in STARTED} | {"scheduler": leads}


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (SQLAlchemyError, redis.RedisError, OSError):
        db.session.rollback()
        return False


def redis_state() -> RedisState:
    """Return whether Redis answers, and stores what it is given."""
    return redis_client.state(current_app.extensions["redis"])


def migrations_are_current() -> bool:
    """Check that the database has the newest migration of this program."""
    newest = ScriptDirectory(str(Path(current_app.config["MIGRATIONS"]))).get_current_head()
    present = MigrationContext.configure(db.session.connection()).get_current_revision()
    return bool(present == newest)
