"""`python -m tests.support.nursery`: forks a worker for each line it reads and prints its process id.

The program is imported once, so that a killed worker is replaced in milliseconds. Each child is a real Dramatiq worker
with the program's own middleware. A hold on a run lasts a second here, so that tests need not wait half a minute.
"""

from __future__ import annotations

import os
import signal
import sys

import dramatiq

import worker as program
from app.core.runs import async_wait, keepalive, lease
from app.imports.friends import profiles

lease.LEASE_SECONDS = 1
async_wait.BEAT_SECONDS = keepalive.BEAT_SECONDS = 0.3
profiles.BATCH = 50


def main() -> None:
    """Fork on demand until nobody is there to ask any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say("ready")
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            live()
        say(str(child))


def say(word: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def live() -> None:
    """Work until somebody kills this process."""
    program.broker.emit_after("process_boot")
    dramatiq.Worker(program.broker, worker_threads=2, worker_timeout=50).start()
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
