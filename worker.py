"""Dramatiq's door: makes the app, imports every module of actors, and gives each message an application context.

`python worker.py` starts the worker with the number of processes and threads that the settings name.
"""

from __future__ import annotations

import gc
import sys
import threading
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.cli import main, make_argument_parser
from dramatiq.middleware import Middleware
from flask.ctx import AppContext

from app.core import heartbeats, shutdown
from app.core.config import Config
from app.core.db import db
from app.core.mail import jobs as mail_jobs
from app.core.queue import broker
from app.core.runs import jobs as runs_jobs
from app.factory import create_app
from app.friends import jobs as friends_jobs
from app.imports.id_links import jobs as id_links_jobs
from app.line import jobs as line_jobs
from app.media import jobs as media_jobs
from app.segments import jobs as segments_jobs
from app.team import jobs as team_jobs

ACTORS = (mail_jobs, runs_jobs, team_jobs, line_jobs, friends_jobs, segments_jobs, id_links_jobs, media_jobs)
app = create_app()


class Context(Middleware):
    """Every message runs in its own application context and session; what it left uncommitted is undone on an error."""

    def __init__(self) -> None:
        self.local = threading.local()

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        context: AppContext = app.app_context()
        context.push()
        self.local.context = context

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        try:
            db.session.rollback() if exception else db.session.commit()
        finally:
            self.local.context.pop(None)


class Beat(Middleware):
    """Each worker process tells the database that it is alive."""

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        with app.app_context():
            # Connections must not be shared with the parent process.
            db.engine.dispose(close=False)
            heartbeats.start_heartbeat("worker", db.engine)
        # What was loaded stays: without it, the collector's pauses are too short to slow a hot loop.
        gc.collect()
        gc.freeze()


class Stop(Middleware):
    """A worker that is told to end lets long work know, which puts itself back for the next worker."""

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        shutdown.request()


broker.add_middleware(Context())
broker.add_middleware(Beat())
broker.add_middleware(Stop())


if __name__ == "__main__":
    config: Config = app.config["TOMORU"]
    arguments = ["worker", "--processes", str(config.worker_processes), "--threads", str(config.worker_threads)]
    parser = make_argument_parser()  # type: ignore[no-untyped-call]
    sys.exit(main(parser.parse_args([*arguments, *sys.argv[1:]])))  # type: ignore[no-untyped-call]
