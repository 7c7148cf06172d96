"""Kinds of run of ID links: import of a file, and removal of all links. On one account they run one after another."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete

from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import RunState
from app.core.runs.queries import run_ahead
from app.core.runs.registry import RunKind, SliceResult, register
from app.imports.id_links import emails, staging
from app.imports.id_links.cursor import IdLinkCursor, IdLinkImportPhase
from app.imports.id_links.messages import PREFIX
from app.imports.id_links.models import REPORTS
from app.imports.id_links.pipeline.apply import apply, remove_all
from app.imports.id_links.pipeline.diff import compare
from app.imports.id_links.pipeline.window import check_some
from app.imports.id_links.queries import IMPORT, REMOVAL
from app.team import audit
from app.team.actors import Actor

KINDS = (IMPORT, REMOVAL)


def run_slice(lease: Lease) -> SliceResult:
    """Do a second of checking, or one of the two long transactions after it."""
    phase = lease.cursor(IdLinkCursor).phase
    if phase is None:
        return _begin(lease)
    if not staging.has_file(int(lease.run.slot)):
        raise PermanentFailure(PREFIX + "file_lost")
    if phase is IdLinkImportPhase.CHECKING:
        if not check_some(lease):
            _end_checking(lease)
        return SliceResult.MORE
    if phase is IdLinkImportPhase.COMPARING:
        _compare(lease)
        return SliceResult.MORE
    return _store(lease)


def do_removal(lease: Lease) -> SliceResult:
    """Remove all links when it is this run's turn."""
    if ahead := run_ahead(lease.run, KINDS):
        lease.wait_for(ahead)
        return SliceResult.WAIT
    remove_all(lease)
    return SliceResult.DONE


def _begin(lease: Lease) -> SliceResult:
    if ahead := run_ahead(lease.run, KINDS):
        lease.wait_for(ahead)
        return SliceResult.WAIT
    lease.save(cursor=IdLinkCursor(IdLinkImportPhase.CHECKING))
    db.session.commit()
    return SliceResult.MORE


def _end_checking(lease: Lease) -> None:
    _require_valid(lease)
    lease.save(cursor=IdLinkCursor(IdLinkImportPhase.COMPARING))
    db.session.commit()


def _compare(lease: Lease) -> None:
    before, difference = lease.run.counts, compare(lease)
    good, bad = before["rows"] - difference.taken, before["invalid"] + difference.taken
    to_store = difference.new + difference.changed
    counts = {**difference.counts, "rows": good, "invalid": bad}
    lease.save(cursor=IdLinkCursor(IdLinkImportPhase.STORING), restart=True, add=counts, total=to_store)
    db.session.commit()


def _store(lease: Lease) -> SliceResult:
    """Check the faults, then apply the rows; another worker may begin here when the first died after comparing."""
    _require_valid(lease)
    if not lease.run.input["dry_run"]:
        apply(lease)
    return SliceResult.DONE


def _require_valid(lease: Lease) -> None:
    """Fail a run whose file has a fault, unless only the good rows were requested."""
    count = lease.run.counts.get("invalid", 0)
    if count and not lease.run.input["partial"]:
        code = "one_invalid_row" if count == 1 else "invalid_rows"
        raise PermanentFailure(PREFIX + code, count=f"{count:,}")


def _finished(lease: Lease) -> None:
    """Remove the file, record what came of it and tell the sender, in the transaction that ends the run."""
    run = lease.run
    staging.drop(int(run.slot))
    if run.state == RunState.COMPLETED and not run.input["dry_run"]:
        counts = {name: run.counts.get(name, 0) for name in ("new", "changed", "invalid")}
        actor = Actor.of_record(run.actor)
        audit.record(
            actor, "id_link_import.completed", target_name=run.input["file"], account_id=run.subject_id, **counts
        )
    emails.tell(run)


def _forget_faults(run_ids: Sequence[int]) -> None:
    for rows in REPORTS:
        db.session.execute(delete(rows).where(rows.run_id.in_(run_ids)))


ID_LINK_IMPORT = register(
    RunKind(
        IMPORT,
        _l("ID link import"),
        run_slice,
        queue=Queue.SYNC,
        cursor=IdLinkCursor,
        finished=_finished,
        pruned=_forget_faults,
    )
)
ID_LINK_REMOVAL = register(RunKind(REMOVAL, _l("Removal of all ID links"), do_removal, Queue.SYNC))
