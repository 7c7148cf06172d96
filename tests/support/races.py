"""Two operations at once: the second waits in a thread of its own for the lock that the test's transaction holds."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy import text

from app.core.db import db


def refused_after_commit(app: Flask, second: Callable[[], object], *refusals: type[Exception]) -> bool:
    """Start `second`, wait until it waits for a lock, commit; return whether it raised one of `refusals`."""
    outcome: list[bool] = []

    def run() -> None:
        with app.app_context():
            try:
                second()
                db.session.commit()
                outcome.append(False)
            except refusals:
                outcome.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for_a_lock()
    db.session.commit()
    thread.join(20)
    db.session.expire_all()
    return outcome == [True]


def wait_for_a_lock() -> None:
    """Wait until another session waits for one of ours."""
    with db.engine.connect() as connection:
        for _ in range(1000):
            if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
            connection.execute(text("SELECT pg_sleep(0.01)"))
    raise AssertionError("No session waits for a lock.")
