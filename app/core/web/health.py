"""/healthz (this process) and /readyz (everything it needs)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import redis
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import heartbeats
from app.core.db import db
from app.core.worker_classes import STARTED


def init_app(app: Flask) -> None:
    """Register the addresses; they are public and say nothing a stranger could use."""
    views: tuple[Callable[[], ResponseReturnValue], ...] = (healthz, readyz)
    for view in views:
        view.access = "public"  # type: ignore[attr-defined]
        app.add_url_rule(f"/{view.__name__}", view_func=view)


def healthz() -> Response:
    """Check that this process answers."""
    return jsonify(status="ok")


def readyz() -> tuple[Response, int]:
    """200 when database, Redis, migrations and a worker of each class are there, else 503; names what is missing."""
    checks = {name: _passes(check) for name, check in CHECKS.items()} | _worker_checks()
    ready = all(checks.values())
    return jsonify(status="ok" if ready else "not ready", checks=checks), 200 if ready else 503


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (SQLAlchemyError, redis.RedisError, OSError):
        db.session.rollback()
        return False


def database_answers() -> bool:
    """Check that the database answers a query."""
    return bool(db.session.scalar(text("SELECT 1")) == 1)


def redis_answers() -> bool:
    """Redis answers a ping."""
    return bool(current_app.extensions["redis"].ping())


def migrations_are_current() -> bool:
    """Check that the database has the newest migration of this program."""
    newest = ScriptDirectory(str(Path(current_app.config["MIGRATIONS"]))).get_current_head()
    present = MigrationContext.configure(db.session.connection()).get_current_revision()
    return bool(present == newest)


def _worker_checks() -> dict[str, bool]:
    """Return whether each worker class is served, by the name that its process has among the heartbeats."""
    try:
        missing = heartbeats.missing_classes()
    except (SQLAlchemyError, OSError):
        db.session.rollback()
        missing = STARTED
    return {heartbeats.worker_kind(name): name not in missing for name in STARTED}


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "redis": redis_answers,
    "migrations": migrations_are_current,
}
