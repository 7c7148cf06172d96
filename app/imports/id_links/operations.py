"""Start and cancel imports of ID links, remove all links, and remove what imports left behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _l, language
from app.core.runs import operations as runs
from app.core.runs.models import Run
from app.core.runs.queries import run_by_id
from app.imports.id_links import staging
from app.imports.id_links.models import REPORTS, IdLinkSettings, IdLinkUpload
from app.imports.id_links.pipeline.diff import allows_shared
from app.imports.id_links.queries import IMPORT, REMOVAL
from app.imports.id_links.run import ID_LINK_IMPORT
from app.imports.id_links.upload import Upload
from app.line.models import Account
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# A row that was silent for so long belongs to a process that is gone.
SILENCE = timedelta(minutes=2)
FAULTS_KEPT = timedelta(days=90)
# Any number, as long as it is always the same; beside it stands the account.
LOCK = 7_866

audit.describe(
    {
        "id_link_import.started": _l("imported ID links from “%(target)s”"),
        "id_link_import.checked": _l("had the ID links in “%(target)s” checked"),
        "id_link_import.completed": _l(
            "“%(target)s” was imported: %(new)s new, %(changed)s changed, %(invalid)s invalid ID links"
        ),
        "id_link_import.cancelled": _l("cancelled the import of ID links from “%(target)s”"),
        "id_link_import.all_removed": _l("removed all ID links of %(target)s"),
        "id_link_import.shared_allowed": _l("allowed several LINE users of %(target)s to have one user ID"),
        "id_link_import.shared_forbidden": _l("forbade several LINE users of %(target)s to have one user ID"),
    },
    {"id_link_import": _l("ID link imports")},
)


@dataclass(frozen=True)
class Options:
    """`partial`: take the good rows although others are not. `dry_run`: change nothing, only say what would happen."""

    partial: bool = False
    dry_run: bool = False


@operation(Permission.IMPORTS)
def start_import(account: Account, upload: Upload, options: Options, *, actor: Actor) -> Run:
    """Put the received file into the database and begin the run, in one transaction: both are there or neither is.

    Raises Conflict when the upload was cancelled up to the last moment.
    """
    staging.create(upload.id)
    upload.file.seek(0)
    size = staging.store_file(upload.id, upload.file)
    upload.hand_over()
    # The numbers of runs say whose turn it is, so they must be given in the order in which runs become visible.
    db.session.execute(text("SELECT pg_advisory_xact_lock(:lock, CAST(:account AS int))"), _lock(account))
    run, _is_new = runs.start(
        ID_LINK_IMPORT.name,
        account.id,
        account_id=account.id,
        actor=actor,
        slot=str(upload.id),
        input={
            "file": upload.file_name,
            "size": size,
            "partial": options.partial,
            "dry_run": options.dry_run,
            "by": upload.sender.name,
            "emails_to": upload.sender.emails_to,
            # A program's language is not that of the member who is told.
            "language": language() if upload.sender.member_id else "",
        },
    )
    verb = "checked" if options.dry_run else "started"
    audit.record(actor, f"id_link_import.{verb}", target_name=upload.file_name, account_id=account.id, size=size)
    return run


@operation(Permission.IMPORTS)
def cancel_import(account: Account, run_id: int, *, actor: Actor) -> Run:
    """Stop an import that waits or is under way; what it would have changed stays as it was. Raises NotFound."""
    run = run_by_id(IMPORT, account.id, run_id)
    if run is None:
        raise NotFound
    if not run.is_cancelling and runs.request_cancel(run):
        audit.record(actor, "id_link_import.cancelled", target_name=run.input["file"], account_id=account.id)
    return run


@operation(Permission.IMPORTS)
def cancel_upload(account: Account, upload_id: int, *, actor: Actor) -> bool:
    """Stop a file that is still on its way, within a second or two; False when it has arrived or gone already."""
    mine = (IdLinkUpload.id == upload_id, IdLinkUpload.account_id == account.id)
    name = db.session.scalar(
        update(IdLinkUpload).where(*mine).values(cancel_requested_at=now()).returning(IdLinkUpload.file_name)
    )
    if name is not None:
        audit.record(actor, "id_link_import.cancelled", target_name=name, account_id=account.id)
    return name is not None


@operation(Permission.IMPORTS)
def remove_all(account: Account, *, actor: Actor) -> Run:
    """Take all links of the account away, after the imports that were begun before; joins a removal under way."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(:lock, CAST(:account AS int))"), _lock(account))
    run, is_new = runs.start(REMOVAL, account.id, account_id=account.id, actor=actor)
    if is_new:
        audit.record(actor, "id_link_import.all_removed", target=account, account_id=account.id)
    return run


@operation(Permission.IMPORTS)
def allow_shared(account: Account, is_allowed: bool, *, actor: Actor) -> None:
    """Let several LINE users have one user ID, or no longer; links that are stored already stay as they are."""
    if allows_shared(account.id) == is_allowed:
        return
    values = insert(IdLinkSettings).values(account_id=account.id, allows_shared=is_allowed)
    db.session.execute(values.on_conflict_do_update(index_elements=["account_id"], set_={"allows_shared": is_allowed}))
    verb = "shared_allowed" if is_allowed else "shared_forbidden"
    audit.record(actor, f"id_link_import.{verb}", target=account, account_id=account.id)


def sweep() -> int:
    """Forget uploads whose process is gone and tables that belong to nothing; commits; returns how many."""
    silent = delete(IdLinkUpload).where(IdLinkUpload.heard_at < now() - SILENCE)
    uploads = len(db.session.scalars(silent.returning(IdLinkUpload.id)).all())
    orphans = staging.drop_orphans(IMPORT)
    db.session.commit()
    return uploads + orphans


def prune() -> int:
    """Forget the lines of imports that ended three months ago; commits; returns of how many imports."""
    ended = select(Run.id).where(Run.kind == IMPORT, Run.finished_at < now() - FAULTS_KEPT)
    has_lines = (select(rows.run_id).where(rows.run_id == Run.id).exists() for rows in REPORTS)
    pruned = 0
    for run_id in db.session.scalars(ended.where(or_(*has_lines)).limit(1000)).all():
        for rows in REPORTS:
            db.session.execute(delete(rows).where(rows.run_id == run_id))
        db.session.commit()
        pruned += 1
    return pruned


def _lock(account: Account) -> dict[str, int]:
    return {"lock": LOCK, "account": account.id % 2**31}
