"""What the Dashboard shows: the state of syncing, its history, and one sync in detail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import text

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import Text, _, _l, count, ngettext, when
from app.core.pages import FIRST_PAGE, TIME_ORDERS, Page, PagePosition, TimeOrder
from app.core.runs import queries as runs
from app.core.runs.models import Run, RunState
from app.integrations.hubspot.gateway.rate import Pause, pause_of
from app.integrations.hubspot.sync.cursor import SyncPhase
from app.integrations.hubspot.sync.run import SYNC
from app.integrations.shared.choosing import OVER
from app.integrations.shared.links import count_links
from app.integrations.shared.models import Integration
from app.integrations.shared.records import CONTACT, count_records
from app.team.queries import names_of

_WRITTEN = text("""
    SELECT run.id, sum(written.records) AS records
    FROM runs AS run
    CROSS JOIN LATERAL (
        SELECT min(later.created_at) AS at FROM runs AS later
        WHERE later.kind = run.kind AND later.subject_id = run.subject_id AND later.id > run.id
    ) AS following
    JOIN remote_writes AS written ON written.integration_id = run.subject_id AND written.written_at >= run.created_at
         AND (following.at IS NULL OR written.written_at < following.at)
    WHERE run.id = ANY(:run_ids)
    GROUP BY run.id
""")
_COUNTED: tuple[tuple[str, Text], ...] = (
    ("contacts", _l("Contacts read")),
    ("gone", _l("Contacts that are no longer in HubSpot")),
    ("companies", _l("Companies read")),
    ("lists", _l("Lists")),
    ("lists_read", _l("Lists whose members were read")),
    ("linked", _l("Friends newly linked")),
    ("changed", _l("Friends with new values")),
    ("due", _l("Friends with values for HubSpot")),
    ("conflicts", _l("Fields that both sides had changed")),
    ("errors", _l("Values that could not be taken")),
)


class SyncState(StrEnum):
    """What the Dashboard says. NEVER: no sync has run yet. STOPPED: HubSpot is not connected any more."""

    NEVER = "never"
    NORMAL = "normal"
    SYNCING = "syncing"
    APPLYING = "applying"
    FAILED = "failed"
    STOPPED = "stopped"


STATES: dict[str, tuple[Text, str]] = {
    SyncState.NEVER: (_l("Not synced yet"), "secondary"),
    SyncState.NORMAL: (_l("Normal"), "green"),
    SyncState.SYNCING: (_l("Syncing"), "blue"),
    SyncState.APPLYING: (_l("Applying"), "blue"),
    SyncState.FAILED: (_l("Failed"), "red"),
    SyncState.STOPPED: (_l("Not syncing"), "secondary"),
}


MEANINGS: dict[str, Text] = {
    SyncState.NEVER: _l("The first sync brings in all contacts."),
    SyncState.NORMAL: _l("The latest data is synced."),
    SyncState.SYNCING: _l("Data is being synced."),
    SyncState.APPLYING: _l("The sync results are being applied."),
    SyncState.FAILED: _l("The last sync failed. Check the details in the sync history."),
    SyncState.STOPPED: _l("Nothing is synced until HubSpot is connected again."),
}


WAITS: tuple[Text, str] = (_l("Waiting for HubSpot"), "yellow")


@dataclass(frozen=True)
class SyncLine:
    """A sync as a line of the history: what it is called, its colour, and why it failed or waits."""

    run: Run
    label: Text
    colour: str
    reason: str
    # Contacts that were written to HubSpot since it began, up to the next sync.
    written: int

    @property
    def timing(self) -> Text:
        """Return which of the three times of a sync it was."""
        if self.run.input.get("all"):
            return _l("Manual resync")
        return _l("Initial sync") if self.run.input.get("is_first") else _l("Automatic sync")

    @property
    def contacts(self) -> int:
        return int(self.run.counts.get("contacts", 0))

    @property
    def lists(self) -> int:
        return int(self.run.counts.get("lists", 0))


@dataclass(frozen=True)
class Syncing:
    """The state of syncing; `active` is the sync that is going on, `last` the newest that has ended."""

    integration: Integration
    active: Run | None
    last: Run | None
    contacts: int
    linked: int
    # HubSpot has asked all calls to wait, of which the sync that goes on does not know yet.
    pause: Pause | None = None

    @property
    def state(self) -> SyncState:
        if self.active is not None:
            is_applying = self.active.cursor.get("phase") == SyncPhase.APPLYING
            return SyncState.APPLYING if is_applying else SyncState.SYNCING
        if self.integration.state in OVER:
            return SyncState.STOPPED
        if self.last is None:
            return SyncState.NEVER
        if self.last.state == RunState.FAILED:
            return SyncState.FAILED
        return SyncState.NORMAL if self.integration.is_connected else SyncState.STOPPED

    @property
    def label(self) -> Text:
        return STATES[self.state][0]

    @property
    def colour(self) -> str:
        return STATES[self.state][1]

    @property
    def meaning(self) -> Text:
        if self.is_waiting:
            return _l("The sync waits for HubSpot.")
        return MEANINGS[self.state]

    @property
    def is_waiting(self) -> bool:
        """Return whether the sync that goes on waits for HubSpot."""
        return self.active is not None and bool(self.active.reason or self.pause)

    @property
    def has_no_friend(self) -> bool:
        """Return whether contacts were read and none is a friend's."""
        return self.state is SyncState.NORMAL and self.contacts > 0 and self.linked == 0

    @property
    def key(self) -> str:
        """Return what changes when a sync begins, waits, goes on or ends."""
        active = f"{self.active.id}{'w' if self.is_waiting else ''}" if self.active else "0"
        return f"{active}-{self.last.id if self.last else 0}"

    @property
    def reason(self) -> str:
        """Return why the sync waits, or why the last one failed."""
        run = self.active or (self.last if self.state is SyncState.FAILED else None)
        if self.active is not None and not self.active.reason and self.pause is not None:
            return _paused(self.pause)
        return error_messages.sentence(run.reason, run.reason_values) if run else ""

    @property
    def words(self) -> str:
        """Return what the present sync is doing."""
        return _words(self.active) if self.active and not self.active.reason and self.pause is None else ""

    @property
    def done(self) -> int:
        return _progress(self.active)[0] if self.active else 0

    @property
    def total(self) -> int | None:
        return _progress(self.active)[1] if self.active else None

    @property
    def time_left(self) -> timedelta | None:
        is_reading = self.active is not None and self.active.cursor.get("phase") == SyncPhase.CONTACTS
        return runs.time_left(self.active) if self.active is not None and is_reading else None


@dataclass(frozen=True)
class SyncHistory:
    """One page of earlier and present syncs."""

    page: Page[Run]
    lines: Sequence[SyncLine]
    total: int
    order: TimeOrder

    @property
    def orders(self) -> dict[str, TimeOrder]:
        return TIME_ORDERS


@dataclass(frozen=True)
class SyncDetails:
    """One sync: who began it, what it read, what it came to."""

    line: SyncLine
    begun_by: str
    what: Text
    counts: Sequence[tuple[Text, int]]


def syncing(integration: Integration) -> Syncing:
    """Return the state of syncing."""
    newest = runs.latest_run(SYNC.name, integration.id)
    active = runs.active_run(SYNC.name, integration.id)
    last = newest if active is None else _ended(integration.id)
    contacts = count_records(integration.id, CONTACT)
    pause = pause_of(integration.remote_id) if active is not None else None
    return Syncing(integration, active, last, contacts, count_links(integration.id), pause)


def sync_history(integration: Integration, place: PagePosition = FIRST_PAGE, *, order: TimeOrder) -> SyncHistory:
    """Return one page of the history; raises InvalidInput for a made-up page key."""
    page = runs.history(SYNC.name, integration.id, place, oldest=order.is_oldest_first)
    total = runs.count_runs(SYNC.name, integration.id)
    written = _written_since([run.id for run in page.rows])
    pause = pause_of(integration.remote_id) if any(run.is_active for run in page.rows) else None
    return SyncHistory(page, [sync_line(run, written.get(run.id, 0), pause) for run in page.rows], total, order)


def sync_details(integration: Integration, run_id: int) -> SyncDetails:
    """Return one sync; raises NotFound."""
    run = runs.run_by_id(SYNC.name, integration.id, run_id)
    if run is None:
        raise NotFound
    written = _written_since([run.id]).get(run.id, 0)
    counts = [(label, int(run.counts.get(name, 0))) for name, label in _COUNTED]
    counts.append((_l("Contacts written to HubSpot, up to the next sync"), written))
    pause = pause_of(integration.remote_id) if run.is_active else None
    return SyncDetails(sync_line(run, written, pause), _begun_by(run), _what(run), counts)


def sync_line(run: Run, written: int = 0, pause: Pause | None = None) -> SyncLine:
    """Return a sync in words; with `pause` HubSpot has asked all calls to wait."""
    waits_unaware = run.is_active and not run.reason and pause is not None
    label, colour = WAITS if run.is_active and (run.reason or pause) else _labelled(run)
    reason = _paused(pause) if waits_unaware and pause else error_messages.sentence(run.reason, run.reason_values)
    return SyncLine(run, label, colour, reason, written)


def _paused(pause: Pause) -> str:
    asked = error_messages.sentence(pause.code)
    return _("%(asked)s The sync goes on at %(time)s.", asked=asked, time=when(max(pause.until, now())))


def _written_since(run_ids: Sequence[int]) -> dict[int, int]:
    """Return by run how many contacts were written from its beginning up to that of the next one."""
    rows = db.session.execute(_WRITTEN, {"run_ids": list(run_ids)})
    return {row.id: int(row.records) for row in rows}


def _ended(integration_id: int) -> Run | None:
    ended = runs.history(SYNC.name, integration_id, PagePosition(size=1), only_ended=True).rows
    return ended[0] if ended else None


def _labelled(run: Run) -> tuple[Text, str]:
    is_asked = bool(run.input.get("all"))
    if run.is_active:
        return (_l("Resyncing") if is_asked else _l("Syncing")), "blue"
    if run.state == RunState.COMPLETED:
        return _l("Sync complete"), "green"
    if run.state == RunState.CANCELLED:
        return _l("Cancelled"), "secondary"
    return (_l("Resync failed") if is_asked else _l("Sync failed")), "red"


def _what(run: Run) -> Text:
    if not run.cursor:
        return _l("Not begun yet")
    return _l("All contacts") if run.cursor.get("is_full") else _l("Contacts that had changed")


def _begun_by(run: Run) -> str:
    if run.member_id is None:
        return ""
    return names_of([run.member_id]).get(run.member_id, "") or _("a former member")


def _progress(run: Run) -> tuple[int, int | None]:
    counts: dict[str, Any] = run.counts
    if run.cursor.get("phase") == SyncPhase.APPLYING:
        return int(counts.get("applied", 0)), int(counts.get("to_apply", 0)) or None
    return (run.done, run.total) if run.cursor.get("phase") == SyncPhase.CONTACTS else (0, None)


def _words(run: Run) -> str:
    done, total = _progress(run)
    phase = run.cursor.get("phase", SyncPhase.START)
    if phase == SyncPhase.CONTACTS and total:
        return ngettext(
            "%(done)s of %(num)s contact read", "%(done)s of %(num)s contacts read", total, done=count(done)
        )
    if phase == SyncPhase.CONTACTS:
        return ngettext("%(num)s changed contact read", "%(num)s changed contacts read", done)
    if phase == SyncPhase.APPLYING and total:
        return ngettext(
            "%(done)s of %(num)s contact applied", "%(done)s of %(num)s contacts applied", total, done=count(done)
        )
    return str(_WORDS.get(phase, _WORDS[SyncPhase.START]))


_WORDS: dict[str, Text] = {
    SyncPhase.START: _l("The sync is about to begin."),
    SyncPhase.VANISHED: _l("Looking for contacts that were deleted or merged"),
    SyncPhase.MATCHING: _l("Looking for the friends of contacts"),
    SyncPhase.COMPANIES: _l("Reading companies"),
    SyncPhase.LISTS: _l("Reading lists"),
    SyncPhase.APPLYING: _l("Applying what was read"),
}
