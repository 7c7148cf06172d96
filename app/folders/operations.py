"""Create, rename and delete folders, and move things between them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from sqlalchemy import select

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _
from app.core.names import clean_name, unique
from app.folders.kinds import FolderKind
from app.folders.models import FolderRow
from app.folders.queries import get_folder, of_account
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# Permissions of all kinds; each operation asks for the one of its kind.
FILING = (Permission.SEGMENTS, Permission.AUTO_MESSAGES, Permission.CHAT, Permission.WORKFLOWS)


@operation(*FILING)
def create_folder(account_id: int | None, kind: FolderKind, name: str, *, actor: Actor) -> FolderRow:
    """Make a folder; raises InvalidInput(name) for an unusable name or one that the account has already."""
    kind.require(actor)
    owner = {} if account_id is None else {"account_id": account_id}
    folder = kind.folder(**owner, name=clean_name(name))
    with _unique_name(kind):
        db.session.add(folder)
    audit.record(actor, f"{kind.name}_folder.created", target=folder, account_id=account_id)
    return folder


@operation(*FILING)
def rename_folder(account_id: int | None, kind: FolderKind, folder_id: int, name: str, *, actor: Actor) -> FolderRow:
    """Give a folder another name. Raises InvalidInput(name), NotFound."""
    kind.require(actor)
    folder = get_folder(account_id, kind, folder_id)
    before, wanted = folder.name, clean_name(name)
    with _unique_name(kind):
        folder.name = wanted
    if wanted != before:
        audit.record(actor, f"{kind.name}_folder.renamed", target=folder, account_id=account_id, before=before)
    return folder


@operation(*FILING)
def delete_folder(account_id: int | None, kind: FolderKind, folder_id: int, *, actor: Actor) -> None:
    """Delete a folder; its things return to the root. Raises NotFound."""
    kind.require(actor)
    folder = get_folder(account_id, kind, folder_id)
    audit.record(actor, f"{kind.name}_folder.deleted", target=folder, account_id=account_id)
    db.session.delete(folder)
    db.session.flush()
    # The database has put the things to the root; what the session holds of them is out of date.
    db.session.expire_all()


@operation(*FILING)
def move_into_folder(
    account_id: int | None, kind: FolderKind, ids: Sequence[int], folder_id: int | None, *, actor: Actor
) -> int:
    """Put things into a folder, None for out of any; returns how many were elsewhere.

    Raises InvalidInput(chosen) for none at all, NotFound for the folder.
    """
    kind.require(actor)
    folder = get_folder(account_id, kind, folder_id) if folder_id else None
    model = kind.model
    mine = select(model).where(*of_account(model, account_id), *kind.seen_by(actor), model.id.in_(ids))
    chosen = db.session.scalars(mine.order_by(model.id)).all()
    if not chosen:
        raise InvalidInput(chosen=kind.words.choose_some)
    moved = [one for one in chosen if one.folder_id != (folder.id if folder else None)]
    for one in moved:
        one.folder_id = folder.id if folder else None
        if folder:
            audit.record(actor, f"{kind.name}.moved", target=one, account_id=account_id, folder=folder.name)
        else:
            audit.record(actor, f"{kind.name}.moved_out", target=one, account_id=account_id)
    return len(moved)


def _unique_name(kind: FolderKind) -> AbstractContextManager[None]:
    taken = _("There is a folder of this name already, or one that looks the same.")
    return unique(f"uq_{kind.folder.__tablename__}_name", "name", taken)
