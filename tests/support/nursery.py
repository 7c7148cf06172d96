"""`python -m tests.support.nursery`: forks a worker for each line it reads and prints its process id.

The program is imported once, so that a killed worker is replaced in milliseconds. Each child is a real Dramatiq worker
with the program's own middleware. A hold on a run lasts a second here, so that tests need not wait.
"""

from __future__ import annotations

import os
import signal
import sys

from flask import Flask

import worker as program
from app.core.runs import async_wait, keepalive, lease, lease_renewal
from app.core.worker_classes import STARTED
from app.imports.friends import profiles

lease.LEASE_SECONDS = 1
async_wait.BEAT_SECONDS = keepalive.BEAT_SECONDS = lease_renewal.RENEW_SECONDS = 0.3
profiles.BATCH = 50


def main() -> None:
    """Fork on demand until no one is there to ask any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app = program.prepare(STARTED)
    say("ready")
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            live(app)
        say(str(child))


def say(word: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def live(app: Flask) -> None:
    """Work until someone kills this process."""
    program.start(app, STARTED)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
