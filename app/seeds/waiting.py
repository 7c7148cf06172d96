"""Wait for workers, who do what the demo has ordered."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.core.db import db


def wait_until(is_done: Callable[[], bool | None], seconds: float) -> bool:
    """Wait at most so many seconds; returns whether it is done. Without a worker the demo goes on."""
    until = time.monotonic() + seconds
    while not (done := is_done()) and time.monotonic() < until:
        db.session.rollback()
        time.sleep(0.1)
    return bool(done)
