"""Run migrations directly on PostgreSQL, one at a time, and never wait long for a lock."""

from __future__ import annotations

import time

from alembic import context
from flask import current_app
from sqlalchemy import text

from app.core.db import db
from app.core.db.engines import DIRECT, require_session
from app.core.db.partitions import is_compared

# Any number, as long as it is always the same: two deployments starting at once migrate one after the other.
LOCK = 7_866_001


def run_migrations_online() -> None:
    with db.engines[DIRECT].connect() as connection:
        # What follows lives longer than a transaction.
        require_session(connection)
        # Asked again and again rather than waited for: building an index waits for every open transaction, and so for
        # one that would wait for this lock.
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
            connection.rollback()
            time.sleep(0.2)
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=current_app.extensions["migrate"].db.metadata,
            compare_server_default=True,
            include_name=is_compared,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()


run_migrations_online()
