"""Create, change, copy, archive and delete the message sets of a library."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlalchemy import exists, func, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _, listed
from app.core.names import clean_name, copy_name, unique
from app.core.usage import usages_of
from app.folders.queries import get_filed, get_folder, lock_filed
from app.media.operations.references import set_references
from app.messages.content.message_set import MessageSet, files_of, read, write
from app.messages.content.proof import prove
from app.messages.library.kinds import MessageLibrary
from app.messages.library.models import LibraryMessage
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission


class MessageChanged(Conflict):
    """Another member has saved it since the form was opened; `stored` is what it is now."""

    def __init__(self, library: MessageLibrary, stored: LibraryMessage) -> None:
        super().__init__(_("Another member has changed this %(thing)s.", thing=library.say.thing))
        self.stored = stored


@operation(Permission.AUTO_MESSAGES)
def create_message(
    account_id: int,
    library: MessageLibrary,
    name: str,
    content: MessageSet,
    *,
    folder_id: int | None = None,
    actor: Actor,
) -> LibraryMessage:
    """Keep a set that LINE takes under a name. Asks LINE.

    Raises InvalidInput for the name and for fields of the content, NotFound for the folder.
    """
    cleaned = _checked(account_id, library, name, content)
    made = library.model(account_id=account_id, name=cleaned, content=write(content), updated_by=actor.member_id)
    made.folder_id = get_folder(account_id, library, folder_id).id if folder_id else None
    with _unique_name(library):
        db.session.add(made)
    set_references(account_id, library.name, made.id, files_of(content))
    audit.record(actor, f"{library.name}.created", target=made, account_id=account_id)
    return made


@operation(Permission.AUTO_MESSAGES)
def change_message(
    account_id: int,
    library: MessageLibrary,
    message_id: int,
    name: str,
    content: MessageSet,
    *,
    seen: int,
    actor: Actor,
) -> LibraryMessage:
    """Save another name or content over the version that was `seen`. Asks LINE.

    Raises InvalidInput for the name and for fields of the content, MessageChanged, NotFound. What does not change
    anything is no version.
    """
    cleaned, stored = _checked(account_id, library, name, content), write(content)
    changed = lock_filed(account_id, library.model, message_id)
    if (cleaned, stored) == (changed.name, changed.content):
        return changed
    if changed.version != seen:
        raise MessageChanged(library, changed)
    with _unique_name(library):
        changed.name, changed.content = cleaned, stored
        changed.version += 1
        changed.updated_at, changed.updated_by = now(), actor.member_id
    set_references(account_id, library.name, changed.id, files_of(content))
    audit.record(actor, f"{library.name}.changed", target=changed, account_id=account_id, version=changed.version)
    return changed


@operation(Permission.AUTO_MESSAGES)
def copy_message(account_id: int, library: MessageLibrary, message_id: int, *, actor: Actor) -> LibraryMessage:
    """Make a second one with the same content, in the same folder; raises NotFound."""
    source = get_filed(account_id, library.model, message_id)
    values = {"folder_id": source.folder_id, "content": source.content, "updated_by": actor.member_id}
    copy = library.model(account_id=account_id, name=_copy_name(library, source), **values)
    with _unique_name(library):
        db.session.add(copy)
    set_references(account_id, library.name, copy.id, files_of(read(copy.content)))
    audit.record(actor, f"{library.name}.copied", target=copy, account_id=account_id, source=source.name)
    return copy


@operation(Permission.AUTO_MESSAGES)
def archive_message(account_id: int, library: MessageLibrary, message_id: int, *, actor: Actor) -> LibraryMessage:
    """Offer it no longer; what uses it goes on. Raises NotFound."""
    archived = lock_filed(account_id, library.model, message_id)
    if archived.archived_at is None:
        archived.archived_at = now()
        audit.record(actor, f"{library.name}.archived", target=archived, account_id=account_id)
    return archived


@operation(Permission.AUTO_MESSAGES)
def restore_message(account_id: int, library: MessageLibrary, message_id: int, *, actor: Actor) -> LibraryMessage:
    """Take it out of the archive. Raises NotFound."""
    restored = lock_filed(account_id, library.model, message_id)
    if restored.archived_at is not None:
        restored.archived_at = None
        audit.record(actor, f"{library.name}.restored", target=restored, account_id=account_id)
    return restored


@operation(Permission.AUTO_MESSAGES)
def delete_message(account_id: int, library: MessageLibrary, message_id: int, *, actor: Actor) -> LibraryMessage:
    """Delete it; raises NotFound, and Conflict by name while something holds it, such as an active workflow."""
    deleted = lock_filed(account_id, library.model, message_id)
    holding = [f"{usage.kind}: {usage.name}" for usage in usages_of(library.name, deleted.id, actor) if usage.holds]
    if holding:
        words = {"thing": library.say.thing, "names": listed(holding)}
        raise Conflict(_("This %(thing)s cannot be deleted while it is used by: %(names)s", **words))
    audit.record(actor, f"{library.name}.deleted", target=deleted, account_id=account_id)
    set_references(account_id, library.name, deleted.id, [])
    db.session.delete(deleted)
    return deleted


def _checked(account_id: int, library: MessageLibrary, name: str, content: MessageSet) -> str:
    """Check the name and have LINE look at the content, so that all complaints are raised at once."""
    wrong: dict[str, object] = {}
    cleaned = ""
    try:
        cleaned = clean_name(name)
    except InvalidInput as refusal:
        wrong.update(refusal.fields)
    try:
        _require_fitting(library, content)
        prove(account_id, content).require()
    except InvalidInput as refusal:
        wrong.update(refusal.fields)
    if wrong:
        raise InvalidInput(wrong)
    return cleaned


def _require_fitting(library: MessageLibrary, content: MessageSet) -> None:
    is_single = [message.kind for message in content.messages] == [library.only] and not content.quick_replies
    if library.only and not is_single:
        raise InvalidInput(messages=_("This must be one %(thing)s.", thing=library.say.thing))


def _copy_name(library: MessageLibrary, source: LibraryMessage) -> str:
    """Return a name for a copy that the account does not have yet."""
    model = library.model

    def is_taken(name: str) -> bool:
        same = func.same_look(model.name) == func.same_look(name)
        return bool(db.session.scalar(select(exists().where(model.account_id == source.account_id, same))))

    if (name := copy_name(source.name, is_taken)) is None:
        raise Conflict(_("There are too many copies of this %(thing)s.", thing=library.say.thing))
    return name


def _unique_name(library: MessageLibrary) -> AbstractContextManager[None]:
    taken = _("Another %(thing)s has this name already, or one that looks the same.", thing=library.say.thing)
    return unique(f"uq_{library.model.__tablename__}_name", "name", taken)
