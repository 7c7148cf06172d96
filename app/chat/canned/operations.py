"""Keep, change and delete canned replies, and count their use."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import update

from app.chat.canned.kind import CANNED_REPLIES
from app.chat.canned.models import CannedReply, Sharing
from app.chat.canned.queries import get_reply, usable_reply
from app.core.clock import now
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text, _l
from app.core.names import clean_name
from app.folders.queries import get_folder
from app.media.operations.references import set_references
from app.messages.content.message_set import MessageSet, files_of, write
from app.messages.content.proof import prove
from app.messages.conversations.models import Conversation
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

OWNER = "canned_reply"
SHORTCUT = re.compile(r"[\w.-]{1,40}\Z")


@dataclass(frozen=True)
class ReplyWishes:
    """What is said of a reply beside its messages."""

    name: str
    shortcut: str
    shared: str
    account_ids: tuple[int, ...] = ()


@operation(Permission.CHAT)
def create_reply(
    account_id: int, wishes: ReplyWishes, content: MessageSet, *, folder_id: int | None = None, actor: Actor
) -> CannedReply:
    """Keep messages that LINE takes; asks LINE. Raises InvalidInput, and NotFound for the folder."""
    values = _checked(account_id, wishes, content, actor)
    made = CannedReply(account_id=account_id, owner_id=actor.member_id, content=write(content), **values)
    made.folder_id = get_folder(account_id, CANNED_REPLIES, folder_id).id if folder_id else None
    db.session.add(made)
    db.session.flush()
    set_references(account_id, OWNER, made.id, files_of(content))
    audit.record(actor, "canned_reply.created", target=made, account_id=account_id)
    return made


@operation(Permission.CHAT)
def change_reply(
    account_id: int, reply_id: int, wishes: ReplyWishes, content: MessageSet, *, seen: int, actor: Actor
) -> CannedReply:
    """Store a change of the version that was `seen`; asks LINE. Raises InvalidInput and NotFound."""
    values = _checked(account_id, wishes, content, actor)
    changed = get_reply(account_id, reply_id, actor, for_update=True)
    if changed.version != seen:
        raise InvalidInput(version=_l("Another member has changed this reply. Save again to replace what they stored."))
    if values["shared"] == Sharing.MINE and changed.owner_id != actor.member_id:
        raise InvalidInput(shared=_l("Another member wrote this reply: it cannot become yours alone."))
    for name, value in values.items():
        setattr(changed, name, value)
    changed.content, changed.updated_at = write(content), now()
    changed.version += 1
    set_references(account_id, OWNER, changed.id, files_of(content))
    audit.record(actor, "canned_reply.changed", target=changed, account_id=account_id)
    return changed


@operation(Permission.CHAT)
def delete_reply(account_id: int, reply_id: int, *, actor: Actor) -> CannedReply:
    """Delete it; raises NotFound."""
    deleted = get_reply(account_id, reply_id, actor, for_update=True)
    audit.record(actor, "canned_reply.deleted", target=deleted, account_id=account_id)
    set_references(account_id, OWNER, deleted.id, [])
    db.session.delete(deleted)
    return deleted


@operation(Permission.CHAT)
def use_reply(conversation: Conversation, reply_id: int, *, actor: Actor) -> CannedReply:
    """Return a reply that is put into an answer, and count it; raises NotFound."""
    reply = usable_reply(conversation, reply_id, actor)
    db.session.execute(update(CannedReply).where(CannedReply.id == reply.id).values(used=CannedReply.used + 1))
    return reply


def _checked(account_id: int, wishes: ReplyWishes, content: MessageSet, actor: Actor) -> dict[str, object]:
    """Return the columns; all that is wrong is raised at once."""
    wrong: dict[str, Text] = {}
    name, shortcut = wishes.name, wishes.shortcut.strip().removeprefix("/")
    try:
        name = clean_name(wishes.name)
    except InvalidInput as refusal:
        wrong |= refusal.fields
    if shortcut and not SHORTCUT.match(shortcut):
        wrong["shortcut"] = _l("A shortcut is one word of letters, digits, - and _, such as hours.")
    wrong |= _wrong_accounts(wishes, actor)
    try:
        prove(account_id, content).require()
    except InvalidInput as refusal:
        wrong |= refusal.fields
    if wrong:
        raise InvalidInput(wrong)
    chosen = sorted(wishes.account_ids) if wishes.shared == Sharing.ACCOUNTS else []
    return {"name": name, "shortcut": shortcut, "shared": wishes.shared, "account_ids": chosen}


def _wrong_accounts(wishes: ReplyWishes, actor: Actor) -> dict[str, Text]:
    if wishes.shared != Sharing.ACCOUNTS:
        return {}
    if not wishes.account_ids:
        return {"account_ids": _l("Choose at least one account.")}
    return {} if all(map(actor.may_see_account, wishes.account_ids)) else {"account_ids": _l("Choose from the list.")}
