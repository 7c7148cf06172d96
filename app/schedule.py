"""What happens by itself: one table, and the process that wakes each entry's actor when it is due.

An entry only enqueues. Any number of schedulers may run; one leads and the others stand by. Everything on the table may
happen twice or late without harm, so nothing about it is stored.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from app.core import heartbeats
from app.core.config import Config
from app.core.db import connect_arguments
from app.core.queue import Queue, wake
from app.core.scheduler.leader import Candidate
from app.core.scheduler.timetable import Timetable

log = structlog.get_logger(__name__)
# The leader renews its lease, and the others look whether it is free, so often.
LOOK_SECONDS = 5.0


@dataclass(frozen=True)
class ScheduledJob:
    """Wake `actor` every so often; `purpose` says what for."""

    every: timedelta
    actor: str
    purpose: str
    queue: Queue = Queue.BULK


SWEEP, MINUTE, HOUR = timedelta(seconds=3), timedelta(minutes=1), timedelta(hours=1)
SCHEDULE = (
    # With the lease of a run it makes up the time in which another worker goes on after one was killed.
    ScheduledJob(SWEEP, "core.due.sweep", "Goes on with what is due and what a dead worker left.", Queue.SWEEPS),
    ScheduledJob(10 * MINUTE, "line.refresh_accounts", "Reads names, pictures and quotas that are an hour old."),
    ScheduledJob(MINUTE, "imports.id_links.sweep", "Forgets files of ID links that belong to nothing."),
    ScheduledJob(HOUR, "imports.id_links.prune", "Removes the unusable lines of old imports."),
    ScheduledJob(HOUR, "friends.prune_bulk_changes", "Removes what changes of many friends kept to be undone."),
    ScheduledJob(MINUTE, "media.sweep", "Deletes stored bytes that belong to no file."),
    ScheduledJob(HOUR, "media.prune", "Removes uploaded files that nothing uses."),
    ScheduledJob(HOUR, "line.check_accounts", "Runs the set-up checks of every account."),
    ScheduledJob(HOUR, "line.prune_events", "Removes old webhook events."),
    ScheduledJob(HOUR, "chat.keeping_files.delete_old", "Deletes at night the files that accounts keep no longer."),
    ScheduledJob(HOUR, "chat.timing.settle", "Lets what counts as read follow what members read."),
    ScheduledJob(HOUR, "messages.composer.prune", "Removes drafts that were left alone for half a year."),
    ScheduledJob(HOUR, "messages.tracking.prune", "Removes fetches of links that did not count."),
    ScheduledJob(HOUR, "messages.sending.prune", "Removes reply tokens that are over."),
    ScheduledJob(HOUR, "segments.count_daily", "Orders the day's count of every segment."),
    ScheduledJob(HOUR, "workflows.prune", "Removes old runs of workflows that have ended."),
    ScheduledJob(
        HOUR, "workflows.prune_former_accounts", "Removes accounts of earlier versions that workflows no longer act on."
    ),
    ScheduledJob(HOUR, "workflows.hooks.prune", "Removes old calls of incoming webhooks from their log."),
    ScheduledJob(HOUR, "workflows.qr_codes.prune", "Removes visits of QR Codes that have been dealt with."),
    ScheduledJob(HOUR, "integrations.hubspot.prune", "Removes what workflows and HubSpot asked of each other."),
    ScheduledJob(MINUTE, "integrations.hubspot.groups.compare", "Finds LINE groups that differ at HubSpot."),
    ScheduledJob(MINUTE, "integrations.hubspot.inbox.follow_accounts", "Tells HubSpot of LINE accounts that are lost."),
    ScheduledJob(HOUR, "integrations.hubspot.inbox.prune", "Removes what was exchanged with HubSpot's inbox long ago."),
    ScheduledJob(MINUTE, "integrations.hubspot.read_journal", "Hears of HubSpot accounts that uninstalled the app."),
    ScheduledJob(5 * MINUTE, "integrations.hubspot.look", "Notices HubSpot accounts that uninstalled the app."),
    ScheduledJob(HOUR, "integrations.hubspot.prune_told", "Removes what HubSpot told and could not be applied."),
    ScheduledJob(HOUR, "integrations.hubspot.register", "Brings up to date what the app has registered at HubSpot."),
    ScheduledJob(HOUR, "workflows.prune_secrets", "Removes secrets of webhooks that no workflow uses."),
    ScheduledJob(MINUTE, "integrations.hubspot.sync.start_due", "Starts the syncs with HubSpot whose time has come."),
    ScheduledJob(HOUR, "integrations.hubspot.sync.prune", "Removes old conflicts of fields."),
    ScheduledJob(HOUR, "team.prune", "Removes old audit entries and dead links."),
    ScheduledJob(HOUR, "core.mail.prune", "Removes old e-mail."),
    ScheduledJob(HOUR, "core.runs.prune", "Removes old pieces of long work that have ended."),
)


def run(config: Config, stop: threading.Event) -> None:
    """Lead or stand by until `stop` is set; a database that goes away is waited for."""
    connecting = connect_arguments(config, "tomoru-scheduler")
    engine = create_engine(config.database_url, pool_size=2, pool_pre_ping=True, connect_args=connecting)
    beating = heartbeats.start_heartbeat("scheduler", engine)
    candidate = Candidate(engine)
    try:
        while not stop.is_set():
            if _campaign(candidate):
                _lead(candidate, stop)
            stop.wait(LOOK_SECONDS)
    finally:
        beating.set()
        _resign(candidate)
        engine.dispose()
        log.info("scheduler.stopped")


def _campaign(candidate: Candidate) -> bool:
    """Whether this scheduler leads; while the database is away it does until its lease is over."""
    try:
        return candidate.campaign()
    except SQLAlchemyError as error:
        log.warning("scheduler.database_away", error=type(error).__name__)
        return candidate.leads


def _lead(candidate: Candidate, stop: threading.Event) -> None:
    """Keep to the table for as long as the lease is ours."""
    log.info("scheduler.leading", entries=len(SCHEDULE))
    timetable = Timetable(SCHEDULE, time.monotonic())
    look_at = time.monotonic() + LOOK_SECONDS
    while not stop.wait(min(timetable.pause(time.monotonic()), max(0.0, look_at - time.monotonic()))):
        if time.monotonic() >= look_at or not candidate.leads:
            look_at = time.monotonic() + LOOK_SECONDS
            if not _campaign(candidate):
                log.warning("scheduler.lease_lost")
                return
        for entry in timetable.due(time.monotonic()):
            wake(entry.actor, queue=entry.queue)


def _resign(candidate: Candidate) -> None:
    try:
        candidate.resign()
    except SQLAlchemyError as error:
        log.warning("scheduler.lease_kept", error=type(error).__name__)
