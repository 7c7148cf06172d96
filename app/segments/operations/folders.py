"""Create, rename and delete folders of segments."""

from __future__ import annotations

from contextlib import AbstractContextManager

from app.core.db import db
from app.core.i18n import _, _l
from app.core.names import clean_name, unique
from app.segments.models import Folder
from app.segments.queries.segments import get_folder
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "segment_folder.created": _l("created the folder %(target)s"),
        "segment_folder.renamed": _l("renamed the folder %(before)s to %(target)s"),
        "segment_folder.deleted": _l("deleted the folder %(target)s"),
    },
    {"segment_folder": _l("Folders of segments")},
)


@operation(Permission.SEGMENTS)
def create_folder(account_id: int, name: str, *, actor: Actor) -> Folder:
    """Make a folder; raises InvalidInput(name) for an unusable name or one that the account has already."""
    folder = Folder(account_id=account_id, name=clean_name(name))
    with _unique_name():
        db.session.add(folder)
    audit.record(actor, "segment_folder.created", target=folder, account_id=account_id)
    return folder


@operation(Permission.SEGMENTS)
def rename_folder(account_id: int, folder_id: int, name: str, *, actor: Actor) -> Folder:
    """Give a folder another name. Raises InvalidInput(name), NotFound."""
    folder = get_folder(account_id, folder_id)
    before, wanted = folder.name, clean_name(name)
    with _unique_name():
        folder.name = wanted
    if wanted != before:
        audit.record(actor, "segment_folder.renamed", target=folder, account_id=account_id, before=before)
    return folder


@operation(Permission.SEGMENTS)
def delete_folder(account_id: int, folder_id: int, *, actor: Actor) -> None:
    """Delete a folder; its segments return to the root. Raises NotFound."""
    folder = get_folder(account_id, folder_id)
    audit.record(actor, "segment_folder.deleted", target=folder, account_id=account_id)
    db.session.delete(folder)
    db.session.flush()
    # The database has put the segments to the root; what the session holds of them is out of date.
    db.session.expire_all()


def _unique_name() -> AbstractContextManager[None]:
    taken = _("There is a folder of this name already, or one that looks the same.")
    return unique("uq_segment_folders_name", "name", taken)
