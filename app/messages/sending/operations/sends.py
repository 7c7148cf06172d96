"""Send a message set to friends, groups or rooms: to one, or to many at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Text, any_, literal, select, text

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.media.operations.references import share_references
from app.messages.content.message_set import MessageSet, files_of
from app.messages.conversations.outgoing import Outgoing, record_outgoing
from app.messages.sending.additions import NOTHING, Additions
from app.messages.sending.causes import KEYED, Cause
from app.messages.sending.delivery import deliver_now
from app.messages.sending.models import MessageSend, SendState
from app.messages.sending.recipients import Recipient
from app.messages.sending.rendering import Person, Rendered, messages_for
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# What a send is called among owners of files.
OWNER = "message_send"
TOO_LONG = "messages.too_long"
_STORE = text("""
    INSERT INTO message_sends (account_id, chat_id, friend_id, cause_kind, cause_id, auto_message_id,
        is_automatic_answer, actor, messages, tracked_send_id, retry_key, state, reason, due_at, created_at, settled_at)
    SELECT :account_id, chat_id, friend_id, cause_kind, cause_id, auto_message_id, is_automatic_answer,
        CAST(:actor AS jsonb), coalesce(CAST(messages AS jsonb), '[]'), tracked_send_id, retry_key,
        CASE WHEN messages IS NULL THEN :refused ELSE :waiting END,
        CASE WHEN messages IS NULL THEN :too_long END,
        CASE WHEN messages IS NOT NULL THEN statement_timestamp() END,
        CAST(:moment AS timestamptz),
        CASE WHEN messages IS NULL THEN CAST(:moment AS timestamptz) END
    FROM unnest(CAST(:chat_ids AS text[]), CAST(:friend_ids AS bigint[]), CAST(:cause_kinds AS text[]),
            CAST(:cause_ids AS text[]), CAST(:auto_message_ids AS bigint[]), CAST(:automatic_answers AS boolean[]),
            CAST(:messages AS text[]),
            CAST(:tracked_send_ids AS bigint[]), CAST(:retry_keys AS uuid[])) WITH ORDINALITY
        AS given (chat_id, friend_id, cause_kind, cause_id, auto_message_id, is_automatic_answer, messages,
            tracked_send_id, retry_key, number)
    ORDER BY number
    ON CONFLICT (cause_kind, cause_id) WHERE cause_kind = 'workflow' DO NOTHING
    RETURNING id, retry_key
""")


class StoredSend(NamedTuple):
    """A stored send: WAITING, or REFUSED with the code of why. One that was stored before may have any state."""

    id: int
    cause_id: str
    state: SendState
    reason: str | None


@operation(Permission.CHAT, Permission.WORKFLOWS)
def send(account: Account, recipient: Recipient, content: MessageSet, *, cause: Cause, actor: Actor) -> MessageSend:
    """Send up to five messages and return the send with its state; commits, and waits for LINE.

    A send whose state is WAITING is tried again by a worker. Raises Conflict for a set that cannot be sent.
    """
    stored = store_send(account, recipient, content, cause=cause, actor=actor)
    deliver_now(stored.id)
    return db.session.get_one(MessageSend, stored.id, populate_existing=True)


def store_send(
    account: Account,
    recipient: Recipient,
    content: MessageSet,
    *,
    cause: Cause,
    additions: Additions = NOTHING,
    actor: Actor,
    is_answer: bool = False,
) -> MessageSend:
    """Store a send in the caller's transaction, as `store_sends` does for many."""
    people = [(recipient, cause)]
    (stored,) = store_sends(account, people, content, additions=additions, actor=actor, is_answer=is_answer)
    return db.session.get_one(MessageSend, stored.id)


def store_sends(
    account: Account,
    people: Sequence[Person],
    content: MessageSet,
    *,
    additions: Additions = NOTHING,
    actor: Actor,
    is_answer: bool = False,
) -> list[StoredSend]:
    """Store a send for each of these in the caller's transaction; they are due, and a worker brings them to LINE.

    `additions` are what the owner of the set adds, such as answers in a workflow. Returns them in the order of the
    people. The same step of a workflow is stored once: what was stored before comes back as it is. What grows too long
    with a recipient's values is stored as refused, with no messages. `is_answer`: a person or the Customer Agent
    answers. Raises Conflict for a set that cannot be sent.
    """
    keys = [cause.reference if cause.kind in KEYED else uuid4() for _recipient, cause in people]
    found: dict[str | UUID, StoredSend] = dict(_stored_before(keys))
    fresh = {key: person for key, person in zip(keys, people, strict=True) if key not in found}
    if fresh:
        found |= _store(account.id, fresh, content, additions, actor, is_answer=is_answer)
    # Another transaction may have stored the same step in between.
    found |= _stored_before([key for key in fresh if key not in found])
    return [found[key] for key in keys]


def _stored_before(keys: Sequence[str | UUID]) -> dict[str | UUID, StoredSend]:
    references = [key for key in keys if isinstance(key, str)]
    if not references:
        return {}
    columns = (MessageSend.id, MessageSend.cause_id, MessageSend.state, MessageSend.reason)
    mine = (MessageSend.cause_kind.in_(KEYED), MessageSend.cause_id == any_(literal(references, ARRAY(Text))))
    rows = db.session.execute(select(*columns).where(*mine))
    return {row.cause_id: StoredSend(row.id, row.cause_id, SendState(row.state), row.reason) for row in rows}


def _store(
    account_id: int,
    people: dict[str | UUID, Person],
    content: MessageSet,
    additions: Additions,
    actor: Actor,
    *,
    is_answer: bool,
) -> dict[str | UUID, StoredSend]:
    """Store what is new; a step that another transaction stores at the same time is left out."""
    rendered = messages_for(account_id, list(people.values()), content, additions)
    drafts = [_Draft(key, *person, text, uuid4()) for (key, person), text in zip(people.items(), rendered, strict=True)]
    moment = now()
    ids = _insert(account_id, drafts, actor, moment)
    stored = [(one, ids[one.retry_key]) for one in drafts if one.retry_key in ids]
    outgoing = [_outgoing(account_id, one, send_id, moment) for one, send_id in stored if one.rendered]
    if outgoing:
        record_outgoing(outgoing, actor=actor, is_answer=is_answer)
        _keep_files(account_id, content, [one.send_id for one in outgoing], additions.file_accounts)
    return {one.key: one.stored(send_id) for one, send_id in stored}


class _Draft(NamedTuple):
    """A send that is about to be stored."""

    key: str | UUID
    recipient: Recipient
    cause: Cause
    rendered: Rendered | None
    retry_key: UUID

    def stored(self, send_id: int) -> StoredSend:
        if self.rendered is None:
            return StoredSend(send_id, self.cause.reference, SendState.REFUSED, TOO_LONG)
        return StoredSend(send_id, self.cause.reference, SendState.WAITING, None)


def _insert(account_id: int, drafts: Sequence[_Draft], actor: Actor, moment: datetime) -> dict[UUID, int]:
    lists = {
        "chat_ids": [one.recipient.chat_id for one in drafts],
        "friend_ids": [one.recipient.friend_id for one in drafts],
        "cause_kinds": [one.cause.kind for one in drafts],
        "cause_ids": [one.cause.reference for one in drafts],
        "auto_message_ids": [one.cause.auto_message_id for one in drafts],
        "automatic_answers": [one.cause.is_automatic_answer for one in drafts],
        "messages": [one.rendered and one.rendered.messages for one in drafts],
        "tracked_send_ids": [one.rendered and one.rendered.tracked_send_id for one in drafts],
        "retry_keys": [one.retry_key for one in drafts],
    }
    by = json.dumps({"kind": actor.kind.value, "id": actor.id, "label": actor.label})
    states = {"refused": SendState.REFUSED, "waiting": SendState.WAITING, "too_long": TOO_LONG}
    rows = db.session.execute(_STORE, {**lists, **states, "account_id": account_id, "actor": by, "moment": moment})
    return {row.retry_key: row.id for row in rows}


def _outgoing(account_id: int, one: _Draft, send_id: int, moment: datetime) -> Outgoing:
    messages = one.rendered.messages if one.rendered else "[]"
    to, cause = one.recipient, one.cause
    return Outgoing(send_id, account_id, to.chat_id, to.friend_id, cause.kind, cause.reference, messages, moment)


def _keep_files(account_id: int, content: MessageSet, send_ids: Collection[int], lenders: Collection[int]) -> None:
    """Keep the files of the messages: phones fetch images when the chat is opened, which may be long after."""
    files = files_of(content)
    if files:
        share_references(account_id, OWNER, send_ids, files, lenders=lenders)
