"""Create, change, copy, move, archive and delete Auto Send Messages."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from sqlalchemy import exists, func, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import _, _l, listed
from app.core.names import LONGEST_NAME, clean_name, unique
from app.core.usage import usages_of
from app.media.operations.references import set_references
from app.messages.auto.models import AutoMessage
from app.messages.auto.queries.auto_messages import get_auto_message, get_folder
from app.messages.content.message_set import MessageSet, files_of, read, write
from app.messages.content.proof import prove
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# What an Auto Send Message is called by `app.core.usage`, among owners of files, and of drafts.
USED = "auto_message"
audit.describe(
    {
        "auto_message.created": _l("created the Auto Send Message %(target)s"),
        "auto_message.changed": _l("changed the Auto Send Message %(target)s"),
        "auto_message.copied": _l("copied the Auto Send Message %(source)s to %(target)s"),
        "auto_message.moved": _l("moved the Auto Send Message %(target)s to the folder %(folder)s"),
        "auto_message.moved_out": _l("took the Auto Send Message %(target)s out of its folder"),
        "auto_message.archived": _l("archived the Auto Send Message %(target)s"),
        "auto_message.restored": _l("took the Auto Send Message %(target)s out of the archive"),
        "auto_message.deleted": _l("deleted the Auto Send Message %(target)s"),
    },
    {"auto_message": _l("Auto Send Message")},
)


class AutoMessageChanged(Conflict):
    """Another member has saved it since the form was opened; `auto_message` is what is stored now."""

    def __init__(self, auto_message: AutoMessage) -> None:
        super().__init__(_("Another member has changed this Auto Send Message."))
        self.auto_message = auto_message


@operation(Permission.AUTO_MESSAGES)
def create_auto_message(
    account_id: int, name: str, content: MessageSet, *, folder_id: int | None = None, actor: Actor
) -> AutoMessage:
    """Make an Auto Send Message of a set that LINE takes. Asks LINE.

    Raises InvalidInput for the name and for fields of the content, NotFound for the folder.
    """
    cleaned = _checked(account_id, name, content)
    made = AutoMessage(account_id=account_id, name=cleaned, content=write(content), updated_by=actor.member_id)
    made.folder_id = get_folder(account_id, folder_id).id if folder_id else None
    with _unique_name():
        db.session.add(made)
    set_references(account_id, USED, made.id, files_of(content))
    audit.record(actor, "auto_message.created", target=made, account_id=account_id)
    return made


@operation(Permission.AUTO_MESSAGES)
def change_auto_message(
    account_id: int, auto_message_id: int, name: str, content: MessageSet, *, seen: int, actor: Actor
) -> AutoMessage:
    """Save another name or content over the version that was `seen`; what is sent from now on is this. Asks LINE.

    Raises InvalidInput for the name and for fields of the content, AutoMessageChanged, NotFound. What does not change
    anything is no version.
    """
    cleaned, stored = _checked(account_id, name, content), write(content)
    changed = _locked(account_id, auto_message_id)
    if changed.version != seen:
        raise AutoMessageChanged(changed)
    if (cleaned, stored) == (changed.name, changed.content):
        return changed
    with _unique_name():
        changed.name, changed.content = cleaned, stored
        changed.version += 1
        changed.updated_at, changed.updated_by = now(), actor.member_id
    set_references(account_id, USED, changed.id, files_of(content))
    audit.record(actor, "auto_message.changed", target=changed, account_id=account_id, version=changed.version)
    return changed


@operation(Permission.AUTO_MESSAGES)
def copy_auto_message(account_id: int, auto_message_id: int, *, actor: Actor) -> AutoMessage:
    """Make a second one with the same content, in the same folder; raises NotFound."""
    source = get_auto_message(account_id, auto_message_id)
    values = {"folder_id": source.folder_id, "content": source.content, "updated_by": actor.member_id}
    copy = AutoMessage(account_id=account_id, name=_copy_name(source), **values)
    with _unique_name():
        db.session.add(copy)
    set_references(account_id, USED, copy.id, files_of(read(copy.content)))
    audit.record(actor, "auto_message.copied", target=copy, account_id=account_id, source=source.name)
    return copy


@operation(Permission.AUTO_MESSAGES)
def move_auto_messages(account_id: int, ids: Sequence[int], folder_id: int | None, *, actor: Actor) -> int:
    """Put Auto Send Messages into a folder, None for out of any; returns how many were elsewhere.

    Raises InvalidInput(auto_message) for none at all, NotFound for the folder.
    """
    folder = get_folder(account_id, folder_id) if folder_id else None
    mine = select(AutoMessage).where(AutoMessage.account_id == account_id, AutoMessage.id.in_(ids))
    chosen = db.session.scalars(mine.order_by(AutoMessage.id)).all()
    if not chosen:
        raise InvalidInput(auto_message=_("Choose at least one Auto Send Message."))
    moved = [one for one in chosen if one.folder_id != (folder.id if folder else None)]
    for one in moved:
        one.folder_id = folder.id if folder else None
        if folder:
            audit.record(actor, "auto_message.moved", target=one, account_id=account_id, folder=folder.name)
        else:
            audit.record(actor, "auto_message.moved_out", target=one, account_id=account_id)
    return len(moved)


@operation(Permission.AUTO_MESSAGES)
def archive_auto_message(account_id: int, auto_message_id: int, *, actor: Actor) -> AutoMessage:
    """Offer it to no new caller; those that use it go on. Raises NotFound."""
    archived = _locked(account_id, auto_message_id)
    if archived.archived_at is None:
        archived.archived_at = now()
        audit.record(actor, "auto_message.archived", target=archived, account_id=account_id)
    return archived


@operation(Permission.AUTO_MESSAGES)
def restore_auto_message(account_id: int, auto_message_id: int, *, actor: Actor) -> AutoMessage:
    """Take it out of the archive. Raises NotFound."""
    restored = _locked(account_id, auto_message_id)
    if restored.archived_at is not None:
        restored.archived_at = None
        audit.record(actor, "auto_message.restored", target=restored, account_id=account_id)
    return restored


@operation(Permission.AUTO_MESSAGES)
def delete_auto_message(account_id: int, auto_message_id: int, *, actor: Actor) -> AutoMessage:
    """Delete it; raises NotFound, and Conflict by name while something that is active uses it."""
    deleted = _locked(account_id, auto_message_id)
    holding = [f"{usage.kind}: {usage.name}" for usage in usages_of(USED, deleted.id) if usage.holds]
    if holding:
        said = _("This Auto Send Message cannot be deleted while it is used by: %(names)s", names=listed(holding))
        raise Conflict(said)
    audit.record(actor, "auto_message.deleted", target=deleted, account_id=account_id)
    set_references(account_id, USED, deleted.id, [])
    db.session.delete(deleted)
    return deleted


def _checked(account_id: int, name: str, content: MessageSet) -> str:
    """Check the name and have LINE look at the content, so that all complaints are raised at once."""
    wrong: dict[str, object] = {}
    cleaned = ""
    try:
        cleaned = clean_name(name)
    except InvalidInput as refusal:
        wrong.update(refusal.fields)
    try:
        prove(account_id, content).require()
    except InvalidInput as refusal:
        wrong.update(refusal.fields)
    if wrong:
        raise InvalidInput(wrong)
    return cleaned


def _locked(account_id: int, auto_message_id: int) -> AutoMessage:
    """Lock the row: the second of two members who save at once waits and then sees the first one's change."""
    mine = select(AutoMessage).where(AutoMessage.account_id == account_id, AutoMessage.id == auto_message_id)
    fresh = mine.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(fresh).one_or_none()
    if found is None:
        raise NotFound
    return found


def _copy_name(source: AutoMessage) -> str:
    """Return a name for a copy that the account does not have yet."""
    for number in range(1, 1_000):
        ending = _(" (copy)") if number == 1 else _(" (copy %(number)s)", number=number)
        name = source.name[: LONGEST_NAME - len(ending)] + ending
        same = func.same_look(AutoMessage.name) == func.same_look(name)
        if not db.session.scalar(select(exists().where(AutoMessage.account_id == source.account_id, same))):
            return name
    raise Conflict(_("There are too many copies of this Auto Send Message."))


def _unique_name() -> AbstractContextManager[None]:
    taken = _("There is an Auto Send Message of this name already, or one that looks the same.")
    return unique("uq_auto_messages_name", "name", taken)
