"""Create, rename and delete folders of Auto Send Messages."""

from __future__ import annotations

from contextlib import AbstractContextManager

from app.core.db import db
from app.core.i18n import _, _l
from app.core.names import clean_name, unique
from app.messages.auto.models import AutoMessageFolder
from app.messages.auto.queries.auto_messages import get_folder
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "auto_message_folder.created": _l("created the folder %(target)s"),
        "auto_message_folder.renamed": _l("renamed the folder %(before)s to %(target)s"),
        "auto_message_folder.deleted": _l("deleted the folder %(target)s"),
    },
    {"auto_message_folder": _l("Folders of Auto Send Messages")},
)


@operation(Permission.AUTO_MESSAGES)
def create_folder(account_id: int, name: str, *, actor: Actor) -> AutoMessageFolder:
    """Make a folder; raises InvalidInput(name) for an unusable name or one that the account has already."""
    folder = AutoMessageFolder(account_id=account_id, name=clean_name(name))
    with _unique_name():
        db.session.add(folder)
    audit.record(actor, "auto_message_folder.created", target=folder, account_id=account_id)
    return folder


@operation(Permission.AUTO_MESSAGES)
def rename_folder(account_id: int, folder_id: int, name: str, *, actor: Actor) -> AutoMessageFolder:
    """Give a folder another name. Raises InvalidInput(name), NotFound."""
    folder = get_folder(account_id, folder_id)
    before, wanted = folder.name, clean_name(name)
    with _unique_name():
        folder.name = wanted
    if wanted != before:
        audit.record(actor, "auto_message_folder.renamed", target=folder, account_id=account_id, before=before)
    return folder


@operation(Permission.AUTO_MESSAGES)
def delete_folder(account_id: int, folder_id: int, *, actor: Actor) -> None:
    """Delete a folder; its messages return to the root. Raises NotFound."""
    folder = get_folder(account_id, folder_id)
    audit.record(actor, "auto_message_folder.deleted", target=folder, account_id=account_id)
    db.session.delete(folder)
    db.session.flush()
    # The database has put the messages to the root; what the session holds of them is out of date.
    db.session.expire_all()


def _unique_name() -> AbstractContextManager[None]:
    taken = _("There is a folder of this name already, or one that looks the same.")
    return unique("uq_auto_message_folders_name", "name", taken)
