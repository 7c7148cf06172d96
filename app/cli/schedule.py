"""`flask scheduler` and `flask schedule list`."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta

from flask import current_app

from app import schedule as table_of_work
from app.cli.console import Commands, command, table
from app.core.config import Config

schedule = Commands("schedule", help="What happens by itself.")


@schedule.command("list", examples=["flask schedule list"])
def show() -> None:
    """List what happens by itself, how often, and what for."""
    rows = [(entry.actor, _words(entry.every), entry.purpose) for entry in table_of_work.SCHEDULE]
    table(("ACTOR", "EVERY", "PURPOSE"), rows)


def _words(every: timedelta) -> str:
    seconds = int(every.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


@command("scheduler", logs=True, examples=["flask scheduler"])
def scheduler() -> None:
    """Run the scheduler until SIGTERM or Ctrl-C. A second one stands by and takes over when the first is gone."""
    config: Config = current_app.config["TOMORU"]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    table_of_work.run(config, stop)
