"""The kinds of run of ID links: a file brought in, and all links taken away. On one account they take turns."""

from __future__ import annotations

from sqlalchemy import func, select, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import ACTIVE, Run, RunState
from app.core.runs.operations import wake_later
from app.core.runs.registry import RunKind, SliceResult, register
from app.imports.id_links import emails, staging
from app.imports.id_links.messages import PREFIX
from app.imports.id_links.pipeline.apply import apply, remove_all
from app.imports.id_links.pipeline.diff import compare
from app.imports.id_links.pipeline.validate import RowPosition
from app.imports.id_links.pipeline.window import check_some
from app.imports.id_links.queries import IMPORT, REMOVAL
from app.team import audit
from app.team.models import Member

KINDS = (IMPORT, REMOVAL)


def is_first(run: Run) -> bool:
    """Whether no earlier run of the account's links is under way."""
    mine = (Run.kind.in_(KINDS), Run.subject_id == run.subject_id, Run.state.in_(ACTIVE))
    return db.session.scalar(select(func.min(Run.id)).where(*mine)) == run.id


def run_slice(lease: Lease) -> SliceResult:
    """A second of checking, or one of the two great transactions after it."""
    phase = lease.run.cursor.get("phase")
    if phase is None:
        return _begin(lease)
    if not staging.has_file(int(lease.run.slot)):
        raise PermanentFailure(PREFIX + "file_lost")
    if phase == "checking":
        if not check_some(lease):
            _end_checking(lease)
        return SliceResult.MORE
    if phase == "comparing":
        _compare(lease)
        return SliceResult.MORE
    return _store(lease)


def do_removal(lease: Lease) -> SliceResult:
    """All links at once, when it is their turn."""
    if not is_first(lease.run):
        return SliceResult.WAIT
    remove_all(lease)
    return SliceResult.DONE


def _begin(lease: Lease) -> SliceResult:
    if not is_first(lease.run):
        return SliceResult.WAIT
    lease.save(cursor={"phase": "checking", "place": RowPosition().as_dict()})
    db.session.commit()
    return SliceResult.MORE


def _end_checking(lease: Lease) -> None:
    _require_valid(lease)
    lease.save(cursor={"phase": "comparing"})
    db.session.commit()


def _compare(lease: Lease) -> None:
    before, difference = lease.run.counts, compare(lease)
    good, bad = before["rows"] - difference.taken, before["invalid"] + difference.taken
    to_store = difference.new + difference.changed
    counts = {**difference.counts, "rows": good, "invalid": bad}
    lease.save(cursor={"phase": "storing"}, anew=True, add=counts, total=to_store)
    db.session.commit()


def _store(lease: Lease) -> SliceResult:
    """Judged here, not after comparing: another worker may begin with this when the first died between the two."""
    _require_valid(lease)
    if not lease.run.input["dry_run"]:
        apply(lease)
    return SliceResult.DONE


def _require_valid(lease: Lease) -> None:
    """A file with any fault changes nothing, unless the good rows were asked for."""
    count = lease.run.counts.get("invalid", 0)
    if count and not lease.run.input["partial"]:
        code = "one_invalid_row" if count == 1 else "invalid_rows"
        raise PermanentFailure(PREFIX + code, count=f"{count:,}")


def _finished(lease: Lease) -> None:
    """In the transaction that ends the run: the file goes, the next one's turn comes, and people hear of it."""
    run = lease.run
    staging.drop(int(run.slot))
    wake_next(run)
    if run.state == RunState.COMPLETED and not run.input["dry_run"]:
        counts = {name: run.counts.get(name, 0) for name in ("new", "changed", "invalid")}
        actor = db.session.get(Member, run.member_id) if run.member_id else None
        audit.record(
            actor, "id_link_import.completed", target_name=run.input["file"], account_id=run.subject_id, **counts
        )
    emails.tell(run)


def wake_next(run: Run) -> None:
    """Let the account's next run begin without waiting for its next look."""
    ahead = select(Run.id).where(Run.kind.in_(KINDS), Run.subject_id == run.subject_id, Run.state.in_(ACTIVE))
    first = ahead.where(Run.id != run.id).order_by(Run.id).limit(1).scalar_subquery()
    woken = db.session.execute(
        update(Run)
        .where(Run.id == first)
        .values(due_at=now())
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if woken is not None:
        wake_later(woken, ID_LINK_IMPORT)


ID_LINK_IMPORT = register(RunKind(IMPORT, _l("ID link import"), run_slice, queue=Queue.SYNC, finished=_finished))
ID_LINK_REMOVAL = register(
    RunKind(REMOVAL, _l("Removal of all ID links"), do_removal, Queue.SYNC, finished=lambda lease: wake_next(lease.run))
)
