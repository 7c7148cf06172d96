"""The first step of a run: check the file window by window and store its good rows."""

from __future__ import annotations

import time
from typing import Any, NoReturn

from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.runs.lease import Lease
from app.imports.id_links import staging
from app.imports.id_links.cursor import IdLinkCursor, IdLinkImportPhase
from app.imports.id_links.messages import PREFIX
from app.imports.id_links.pipeline.check_file import error_in_beginning, error_in_header
from app.imports.id_links.pipeline.csv_reader import RowError, read
from app.imports.id_links.pipeline.validate import ParsedWindow, RowPosition, parse_window

WINDOW = 4 * 1024 * 1024
SLICE_SECONDS = 1.0


def check_some(lease: Lease) -> bool:
    """Check for about a second; returns whether there is more of the file."""
    _require_readable(lease)
    place, until = lease.cursor(IdLinkCursor).place, time.monotonic() + SLICE_SECONDS
    has_more = True
    while has_more and time.monotonic() < until:
        has_more = _check_window(lease, place)
        db.session.commit()
    return has_more


def _check_window(lease: Lease, place: RowPosition) -> bool:
    """Store rows, faults and the position of the next window in one transaction."""
    run, before = lease.run, place.offset
    upload_id, size = int(run.slot), int(run.input["size"])
    window = staging.read_file(upload_id, before, WINDOW)
    is_last = before + len(window) >= size
    first = place.position
    found = ParsedWindow()
    if before == 0:
        window = _pass_header(lease, window, place)
    if window:
        found = parse_window(window, place, is_last)
    _store(lease, found, first)
    counts = {"rows": found.rows, "invalid": len(found.faults)}
    checked = sum(counts.values())
    # The number of rows is not known before the end, but they are about as long as those seen.
    total = round((run.done + checked) * size / place.offset) if place.offset else None
    lease.save(cursor=IdLinkCursor(IdLinkImportPhase.CHECKING, place), add=counts, done=checked, total=total)
    return place.offset < size


def _pass_header(lease: Lease, window: bytes, place: RowPosition) -> bytes:
    """Return what follows the header; a file that cannot be read at all ends the run here."""
    code = error_in_beginning(window)
    step = read(window, 0, 1, is_last=True) if window else None
    if step is None or code:
        return _end_here(lease, RowError(1, code or "empty", ""))
    fault = error_in_header(step.found) if step.found else None
    if fault is not None:
        return _end_here(lease, fault)
    place.offset, place.line = step.end, 1 + step.lines
    return window[step.end :]


def _end_here(lease: Lease, fault: RowError) -> NoReturn:
    """Store the reason with the fault, for the worker that goes on when this one dies before it has ended the run."""
    staging.copy_rows(_FAULTS, _as_rows(lease, [fault]))
    lease.save(cursor=IdLinkCursor(IdLinkImportPhase.CHECKING, unreadable=fault.code), add={"invalid": 1})
    db.session.commit()
    raise PermanentFailure(PREFIX + fault.code)


def _require_readable(lease: Lease) -> None:
    if code := lease.cursor(IdLinkCursor).unreadable:
        raise PermanentFailure(PREFIX + code)


def _store(lease: Lease, found: ParsedWindow, first: int) -> None:
    upload_id = int(lease.run.slot)
    if found.rows:
        staging.count_on_from(upload_id, first)
        with staging.copy_into(f"{staging.table('rows', upload_id)} (line_user_id, user_id)", "CSV") as copy:
            for chunk in found.chunks:
                copy.write(chunk)
    if found.jumps:
        staging.copy_rows(staging.table("jumps", upload_id), found.jumps)
    if found.faults:
        staging.copy_rows(_FAULTS, _as_rows(lease, found.faults))


_FAULTS = "id_link_faults (run_id, line, code, value)"


def _as_rows(lease: Lease, faults: list[RowError]) -> list[tuple[Any, ...]]:
    return [(lease.run.id, fault.line, fault.code, fault.value) for fault in faults]
