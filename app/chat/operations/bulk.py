"""One change of many conversations: of those that were chosen now, of a whole result of thousands by a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, exists, func, select, text

from app.chat.filters import STATUSES, ChatReader, ConversationFilter, parse_filter
from app.chat.friend_set import key_of
from app.chat.queries.conditions import conditions
from app.chat.spam import write_spam
from app.core.db import db
from app.core.errors import InvalidInput, NotAllowed
from app.core.i18n import _l
from app.core.identifiers import row_number
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import Run
from app.core.runs.operations import start
from app.core.runs.queries import run_ahead
from app.core.runs.registry import RunKind, SliceResult, register
from app.friends.filters import FriendFilter
from app.friends.operations.bulk import ADD, change_tags_of_all, change_tags_of_chosen
from app.messages.conversations.models import TRANSACTION, Conversation
from app.team import audit
from app.team.actors import Actor
from app.team.models import Member
from app.team.operation import operation
from app.team.permissions import Permission

BULK_CHAT = "bulk_chat"
# Up to here the request does it; above, a run.
AT_ONCE = 500
# Conversations looked at in one slice of a run.
BATCH = 1_000
SPAM: Mapping[str, bool] = {"1": True, "0": False}
_HELD = text("""
    SELECT id, friend_id FROM conversations WHERE account_id = :account_id AND id = ANY(:ids)
    ORDER BY account_id, chat_id FOR UPDATE
""")
_WRITE = """
    UPDATE conversations SET {column} = :value, changed_in = {transaction}
    WHERE id = ANY(:ids) AND {column} IS DISTINCT FROM :value
"""
COLUMNS = {"status": Conversation.status, "assignee": Conversation.assignee_id}

audit.describe({"conversation.changed_in_bulk": _l("changed many conversations at once")}, {})


@dataclass(frozen=True)
class BulkChange:
    """What is done: `what` is "status", "assignee", "spam" or "tag", `value` as the page sends it."""

    what: str
    value: str

    def checked(self, account_id: int, actor: Actor) -> Any:
        """Return the value as it is stored; raises InvalidInput for one that this account cannot have."""
        if self.what == "status" and self.value in STATUSES:
            return self.value
        if self.what == "spam" and self.value in SPAM:
            return SPAM[self.value]
        number = row_number(self.value)
        if self.what == "assignee" and (not self.value or (number and _may_answer(number, account_id))):
            return number
        if self.what == "tag" and number:
            if not actor.may(Permission.TAGS):
                raise NotAllowed
            return number
        raise InvalidInput(change=_l("Choose one from the list."))


@dataclass(frozen=True)
class BulkChatCursor:
    """Conversations up to this id were looked at."""

    after: int = 0


@operation(Permission.CHAT)
def change_chosen(account_id: int, ids: Sequence[int], change: BulkChange, *, actor: Actor) -> int:
    """Change these conversations of the account now, and return how many there are of them; raises InvalidInput."""
    found = _apply(account_id, ids[:AT_ONCE], change, actor)
    _record(account_id, change, actor, conversations=found)
    return found


@operation(Permission.CHAT)
def change_whole(
    account_id: int, wanted: ConversationFilter, reader: ChatReader, change: BulkChange, *, actor: Actor
) -> Run | int:
    """Change all conversations that fit now: at once when they are few, otherwise by a run; raises InvalidInput.

    Conversations that begin later are left alone, also while the run is under way.
    """
    value = change.checked(account_id, actor)
    if change.what == "tag":
        return _tag_whole(account_id, wanted, reader, value, actor)
    fits = (Conversation.account_id == account_id, *conditions(account_id, wanted, reader))
    few = list(db.session.scalars(select(Conversation.id).where(*fits).limit(AT_ONCE + 1)))
    if len(few) <= AT_ONCE:
        return change_chosen(account_id, few, change, actor=actor)
    until = db.session.scalar(select(func.max(Conversation.id)).where(Conversation.account_id == account_id))
    task = {
        "filter": {name: str(value) for name, value in wanted.args.items()},
        "reader": [reader.member_id, reader.read_up_to_id],
        "until": until,
        "change": [change.what, change.value],
    }
    run, _is_new = start(BULK_CHAT, account_id, account_id=account_id, actor=actor, input=task, slot=uuid4().hex)
    _record(account_id, change, actor, run=run.id)
    return run


def _tag_whole(account_id: int, wanted: ConversationFilter, reader: ChatReader, tag_id: int, actor: Actor) -> Run | int:
    """Put the tag on the friends as the friends list does, so that it can be undone there."""
    fits = (Conversation.account_id == account_id, *conditions(account_id, wanted, reader))
    if not db.session.scalar(select(exists().where(*fits, Conversation.friend_id.is_not(None)))):
        return 0
    friends = FriendFilter(among=(key_of(wanted, reader),))
    done = change_tags_of_all(account_id, friends, ADD, [tag_id], actor=actor)
    return done.run or done.matched


def advance(lease: Lease) -> SliceResult:
    """Do one slice; changes of one account come one after the other, so that the last one has the last word."""
    run = lease.run
    if run.total is None:
        if ahead := run_ahead(run, (BULK_CHAT,)):
            lease.wait_for(ahead)
            return SliceResult.WAIT
        query = select(func.count()).select_from(Conversation)
        lease.save(total=db.session.scalar(query.where(*_within(run, 0, run.input["until"]))) or 0)
    elif not _change_next(lease):
        return SliceResult.DONE
    db.session.commit()
    return SliceResult.MORE


def _change_next(lease: Lease) -> bool:
    run, after = lease.run, lease.cursor(BulkChatCursor).after
    ahead = select(Conversation.id).where(*_within(run, after, run.input["until"]))
    ids = list(db.session.scalars(ahead.order_by(Conversation.id).limit(BATCH)))
    if not ids:
        return False
    starter = Actor.of_record(run.actor, Permission.CHAT)
    change = BulkChange(*run.input["change"])
    if change.what == "tag":
        starter = Actor.of_record(run.actor, Permission.TAGS)
    changed = _apply(run.subject_id, ids, change, starter)
    lease.save(cursor=BulkChatCursor(ids[-1]), done=len(ids), add={"changed": changed})
    return True


def _within(run: Run, after: int, until: int) -> list[Any]:
    wanted, reader = parse_filter(run.input["filter"]), ChatReader(*run.input["reader"])
    mine = (Conversation.account_id == run.subject_id, Conversation.id > after, Conversation.id <= until)
    return [*mine, *conditions(run.subject_id, wanted, reader)]


def _apply(account_id: int, ids: Sequence[int], change: BulkChange, actor: Actor) -> int:
    value = change.checked(account_id, actor)
    if change.what == "spam":
        return _mark_spam(account_id, ids, value, actor)
    rows = db.session.execute(_HELD, {"account_id": account_id, "ids": list(ids)}).all()
    if change.what == "tag":
        friends = [row.friend_id for row in rows if row.friend_id]
        if friends:
            change_tags_of_chosen(account_id, friends, ADD, [value], actor=actor)
        return len(friends)
    column = COLUMNS[change.what]
    write = text(_WRITE.format(column=column.key, transaction=TRANSACTION))
    write = write.bindparams(bindparam("value", type_=column.type))
    db.session.execute(write, {"value": value, "ids": [row.id for row in rows]})
    return len(rows)


def _mark_spam(account_id: int, ids: Sequence[int], is_spam: bool, actor: Actor) -> int:
    mine = select(Conversation.id).where(Conversation.account_id == account_id, Conversation.id.in_(ids))
    found = list(db.session.scalars(mine))
    write_spam(found, is_spam=is_spam, actor=actor)
    return len(found)


def _may_answer(member_id: int, account_id: int) -> bool:
    member = db.session.get(Member, member_id)
    who = Actor.of_member(member) if member else None
    return who is not None and who.may(Permission.CHAT) and who.may_see_account(account_id)


def _record(account_id: int, change: BulkChange, actor: Actor, **details: Any) -> None:
    audit.record(actor, "conversation.changed_in_bulk", account_id=account_id, what=change.what, **details)


register(RunKind(BULK_CHAT, _l("Change of many conversations"), advance, Queue.BULK, cursor=BulkChatCursor))
