"""Reads for the page of ID links and the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select

from app.core import error_messages
from app.core.db import db, stream_rows
from app.core.db.replica import reading_engine
from app.core.pages import FIRST_PAGE, Page, PagePosition
from app.core.runs import queries as runs
from app.core.runs.models import Run, RunState
from app.imports.id_links.messages import OF_FILE, OF_LINE, sentence
from app.imports.id_links.models import IdLinkFault, IdLinkSharedId, IdLinkUpload

IMPORT, REMOVAL = "id_link_import", "id_link_removal"
FIRST = 5
ROWS_AT_ONCE = 2_000


class IdLinkImportStatus(StrEnum):
    """UPLOADING until COMPLETED, ERROR or CANCELLED, as the screen has them."""

    UPLOADING = "uploading"
    COMPLETED = "completed"
    ERROR = "error"
    CANCELLED = "cancelled"


_OF_STATE = {
    RunState.COMPLETED: IdLinkImportStatus.COMPLETED,
    RunState.FAILED: IdLinkImportStatus.ERROR,
    RunState.CANCELLED: IdLinkImportStatus.CANCELLED,
}


@dataclass(frozen=True)
class Problem:
    """A line that could not be used, with the reason in words."""

    line: int
    value: str
    code: str
    reason: str


@dataclass(frozen=True)
class SharedId:
    """A user ID, and how many LINE users have or would have it."""

    user_id: str
    line_users: int


@dataclass(frozen=True)
class Import:
    """One import as pages and the API show it."""

    run: Run

    @property
    def status(self) -> IdLinkImportStatus:
        """Return the status of the import as pages and the API show it."""
        return _OF_STATE.get(RunState(self.run.state), IdLinkImportStatus.UPLOADING)

    @property
    def phase(self) -> str:
        """What it is at: waiting, checking, comparing or storing; "ended" afterwards."""
        if not self.run.is_active:
            return "ended"
        return str(self.run.cursor.get("phase") or "waiting")

    @property
    def checked(self) -> int:
        """Return the number of rows checked so far, good and bad."""
        return self.number("rows") + self.number("invalid")

    def number(self, name: str) -> int:
        """One of the counts."""
        return int(self.run.counts.get(name, 0))

    @property
    def has_bom(self) -> bool:
        """Return whether the file began with a byte order mark, which was passed over."""
        return self.number("bom") > 0

    @property
    def rate(self) -> float | None:
        """Rows a second lately."""
        return runs.rate(self.run)

    @property
    def time_left(self) -> timedelta | None:
        """How long this part will still take; None while that is not known."""
        return runs.time_left(self.run)

    @property
    def reason(self) -> str:
        """Return why it failed, as a sentence."""
        return error_messages.sentence(self.run.reason, self.run.reason_values)

    @property
    def first_problems(self) -> list[Problem]:
        """Return a few of the lines that could not be used; the rest is in a file."""
        return problems(self.run.id, FIRST)

    @property
    def first_shared(self) -> list[SharedId]:
        """Return the user IDs that most LINE users share; the rest is in a file."""
        return shared_ids(self.run.id, FIRST)

    @property
    def took(self) -> timedelta | None:
        """Return the duration from the first slice to the end."""
        run = self.run
        return run.finished_at - run.started_at if run.finished_at and run.started_at else None


def imports(account_id: int, place: PagePosition = FIRST_PAGE, *, oldest: bool = False) -> Page[Import]:
    """Return one page of the imports of an account, the newest or the oldest first."""
    page = runs.history(IMPORT, account_id, place, oldest=oldest)
    return Page([Import(run) for run in page.rows], page.next, page.previous, page.at)


def latest_import(account_id: int) -> Import | None:
    """Return the newest import of an account."""
    run = runs.latest_run(IMPORT, account_id)
    return Import(run) if run else None


def count_imports(account_id: int) -> int:
    """Return how many imports all pages hold."""
    return runs.count_runs(IMPORT, account_id)


def is_importing(account_id: int) -> bool:
    """Return whether an import waits or is under way; it may be older than those on the first page."""
    return runs.active_run(IMPORT, account_id) is not None


def import_by_id(account_id: int, run_id: int) -> Import | None:
    """Return one import of the account."""
    run = runs.run_by_id(IMPORT, account_id, run_id)
    return Import(run) if run else None


def removal(account_id: int) -> Run | None:
    """Return the removal of all links that is waiting or under way."""
    return runs.active_run(REMOVAL, account_id)


def uploads(account_id: int) -> Sequence[IdLinkUpload]:
    """Return the uploads under way."""
    query = select(IdLinkUpload).where(IdLinkUpload.account_id == account_id)
    return db.session.scalars(query.order_by(IdLinkUpload.id.desc()).execution_options(populate_existing=True)).all()


def problems(run_id: int, limit: int | None = None) -> list[Problem]:
    """Return the first lines that could not be used."""
    return [_problem(row) for row in db.session.execute(_faults(run_id).limit(limit))]


def shared_ids(run_id: int, limit: int | None = None) -> list[SharedId]:
    """Return user IDs that several LINE users share, those of the most first; of a great many only the first ones."""
    columns = select(IdLinkSharedId.user_id, IdLinkSharedId.line_users).where(IdLinkSharedId.run_id == run_id)
    worst = columns.order_by(IdLinkSharedId.line_users.desc(), IdLinkSharedId.user_id).limit(limit)
    return [SharedId(row.user_id, row.line_users) for row in db.session.execute(worst)]


def problems_for_export(run_id: int) -> Iterator[Problem]:
    """All of them, however many, in the language of the member who asks."""
    sentences = {code: str(text) for code, text in {**OF_FILE, **OF_LINE}.items()}
    rows = stream_rows(reading_engine(), _faults(run_id), ROWS_AT_ONCE)
    return (Problem(row.line, row.value, row.code, sentences.get(row.code, row.code)) for row in rows)


def _faults(run_id: int) -> Select[int, str, str]:
    columns = select(IdLinkFault.line, IdLinkFault.code, IdLinkFault.value)
    return columns.where(IdLinkFault.run_id == run_id).order_by(IdLinkFault.line)


def _problem(row: Any) -> Problem:
    return Problem(row.line, row.value, row.code, sentence(row.code))
