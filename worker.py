"""Entry point of the workers: `python worker.py CLASS…` serves these worker classes, without a name all of them.

Every class has threads of its own, so that long work of one never delays another. SIGTERM, SIGINT and SIGHUP end the
process: what is being done ends at its next step, and what is left waits in the database. A second signal ends the
process at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import dramatiq
import structlog
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware
from flask import Flask
from flask.ctx import AppContext

from app.chat.keeping_files import jobs as kept_files_jobs
from app.chat.later import jobs as chat_later_jobs
from app.chat.timing import jobs as chat_timing_jobs
from app.core import heartbeats, shutdown
from app.core.collector import settle_collector
from app.core.config import Config
from app.core.db import db
from app.core.due import jobs as due_jobs
from app.core.mail import jobs as mail_jobs
from app.core.queue import broker
from app.core.runs import jobs as runs_jobs
from app.core.worker_classes import POOLS, STARTED, WorkerClass, classes_named, connections_of, threads_of
from app.factory import create_app
from app.friends import jobs as friends_jobs
from app.imports.friends import jobs as imports_jobs
from app.imports.id_links import jobs as id_links_jobs
from app.integrations.hubspot import jobs as hubspot_jobs
from app.integrations.hubspot.groups import jobs as hubspot_groups_jobs
from app.integrations.hubspot.inbox import jobs as hubspot_inbox_jobs
from app.integrations.hubspot.sync import jobs as hubspot_sync_jobs
from app.line import jobs as line_jobs
from app.media import jobs as media_jobs
from app.messages.broadcasts import jobs as broadcasts_jobs
from app.messages.composer import jobs as composer_jobs
from app.messages.conversations.contents import jobs as contents_jobs
from app.messages.rich_menus import jobs as rich_menus_jobs
from app.messages.sending import jobs as sending_jobs
from app.messages.tracking import jobs as tracking_jobs
from app.segments import jobs as segments_jobs
from app.team import jobs as team_jobs
from app.workflows import jobs as workflows_jobs
from app.workflows.hooks import jobs as workflow_hook_jobs
from app.workflows.qr_codes import jobs as qr_codes_jobs

log = structlog.get_logger(__name__)
ACTORS = (
    due_jobs,
    mail_jobs,
    runs_jobs,
    team_jobs,
    line_jobs,
    workflows_jobs,
    friends_jobs,
    segments_jobs,
    id_links_jobs,
    media_jobs,
    imports_jobs,
    tracking_jobs,
    composer_jobs,
    contents_jobs,
    kept_files_jobs,
    rich_menus_jobs,
    sending_jobs,
    chat_later_jobs,
    chat_timing_jobs,
    broadcasts_jobs,
    qr_codes_jobs,
    workflow_hook_jobs,
    hubspot_sync_jobs,
    hubspot_jobs,
    hubspot_inbox_jobs,
    hubspot_groups_jobs,
)
# Where processors are scarce, a process of bulk work alone gives way to the web and to events.
BULK_NICENESS = 10
# How long a thread computes before it gives way. A member's answer takes some thirty turns beside a broadcast, which
# always has something to compute; with Python's 5 ms it would wait for each of them.
TURN_SECONDS = 0.0005


class Context(Middleware):
    """Every message runs in its own application context and session; what it left uncommitted is undone on an error."""

    def __init__(self, app: Flask) -> None:
        self.app, self.local = app, threading.local()

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        context: AppContext = self.app.app_context()
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


def prepare(classes: Sequence[WorkerClass]) -> Flask:
    """The application with as many database connections as the threads of these classes need; starts nothing."""
    config = Config.from_env()
    app = create_app(replace(config, database_pool=connections_of(config, classes)))
    broker.add_middleware(Context(app))
    return app


def start(app: Flask, classes: Sequence[WorkerClass]) -> list[dramatiq.Worker]:
    """Begin to serve these classes, and tell the database about each."""
    with app.app_context():
        for name in classes:
            heartbeats.start_heartbeat(heartbeats.worker_kind(name), db.engine)
    settle_collector()
    broker.emit_after("process_boot")
    workers = [
        dramatiq.Worker(
            broker,
            queues={queue.value for queue in pool.queues},
            worker_threads=threads_of(app.config["TOMORU"], name, pool),
            worker_timeout=pool.poll_ms,
        )
        for name in classes
        for pool in POOLS[name]
    ]
    # Each pool brings a middleware of its own, of which the broker would warn.
    broker.logger.setLevel(logging.ERROR)
    for worker in workers:
        worker.start()
    return workers


def stop(workers: Sequence[dramatiq.Worker]) -> None:
    """End all threads at their next step; messages that no thread has begun go back to Redis."""
    shutdown.request()
    stoppers = [threading.Thread(target=worker.stop) for worker in workers]
    for stopper in stoppers:
        stopper.start()
    for stopper in stoppers:
        stopper.join()
    broker.close()


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("classes", nargs="*", metavar="CLASS", help=f"one or more of {', '.join(STARTED)}")
    try:
        classes = classes_named(parser.parse_args().classes)
    except ValueError as problem:
        parser.error(str(problem))
    asked = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            os._exit(128 + number)
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    if classes == (WorkerClass.BULK,):
        os.nice(BULK_NICENESS)
    sys.setswitchinterval(TURN_SECONDS)
    workers = start(prepare(classes), classes)
    log.info("worker.started", classes=list(classes))
    asked.wait()
    stop(workers)
    log.info("worker.stopped")


if __name__ == "__main__":
    main()
