"""Make a message set into LINE's messages: once for the set, and then for each of its recipients."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import Conflict
from app.messages.content.field_names import with_place
from app.messages.content.filling import TooLong, Values
from app.messages.content.message_set import Built, MessageSet
from app.messages.content.personal_values import values_for
from app.messages.content.proof import built_for
from app.messages.sending.additions import NOTHING, Additions
from app.messages.sending.causes import Cause
from app.messages.sending.recipients import Recipient
from app.messages.tracking.operations.sends import Codes, SendCause, begin_send, personal_codes
from app.messages.tracking.places import TrackedSet, find_places, with_codes

Person = tuple[Recipient, Cause]
# LINE's types that may quote another message.
QUOTING = frozenset({"text", "textV2", "sticker"})


@dataclass(frozen=True)
class Rendered:
    """The messages for one recipient as JSON, and the tracked send if something in them is tracked."""

    messages: str
    tracked_send_id: int | None


def ready(account_id: int, content: MessageSet, *, is_for_group: bool, additions: Additions = NOTHING) -> Built:
    """Return the set made ready; raises Conflict with the first problem of a set that cannot be sent."""
    lenders = additions.file_accounts
    built = built_for(account_id, content, additions.types, is_for_group=is_for_group, lenders=lenders)
    if built.problems:
        raise Conflict(with_place(built.problems[0]))
    return built


def messages_for(
    account_id: int, people: Sequence[Person], content: MessageSet, additions: Additions = NOTHING
) -> list[Rendered | None]:
    """Return the messages for each of these, and store their addresses; None where an address grows too long.

    What belongs together by its cause is one tracked send. Raises Conflict for a set that cannot be sent.
    """
    parts: dict[object, list[int]] = defaultdict(list)
    times: Counter[object] = Counter()
    for number, (recipient, cause) in enumerate(people):
        # A friend who is there twice may have other values each time.
        person = recipient.chat_id if additions.values else None
        parts[recipient.is_group, cause.kind, cause.part_of, times[person] if person else 0].append(number)
        times[person] += 1
    found: dict[int, Rendered | None] = {}
    for numbers in parts.values():
        some = [people[number] for number in numbers]
        found |= zip(numbers, _of_part(account_id, some, content, additions), strict=True)
    return [found[number] for number in range(len(people))]


def _of_part(
    account_id: int, people: Sequence[Person], content: MessageSet, additions: Additions
) -> list[Rendered | None]:
    """Return the messages for people of one kind and cause, of whom each is there once or has the same values."""
    recipient, cause = people[0]
    built = ready(account_id, content, is_for_group=recipient.is_group, additions=additions)
    try:
        tracked = _tracked(built, content, cause, is_personal=not recipient.is_group)
    except TooLong:
        return [None] * len(people)
    values = _values(account_id, people, tracked, additions)
    texts = {friend_id: text for friend_id, own in values.items() if (text := tracked.fitting(own)) is not None}
    send_id, codes = None, dict[int | None, Codes]()
    if tracked.places and texts:
        of_send = SendCause(cause.kind, cause.part_of or cause.reference, is_test=not cause.is_counted)
        send_id = begin_send(account_id, of_send).id
        codes = personal_codes(send_id, tracked.places, {friend_id: values[friend_id] for friend_id in texts})
    done = {
        friend_id: Rendered(quoting(with_codes(text, codes.get(friend_id, {})), additions.quote_token), send_id)
        for friend_id, text in texts.items()
    }
    return [done.get(one.friend_id) for one, _cause in people]


def quoting(messages: str, token: str | None) -> str:
    """Return the messages, of which the first that can quotes another one."""
    read = json.loads(messages) if token else []
    able = next((one for one in read if one.get("type") in QUOTING), None)
    if able is None:
        return messages
    able["quoteToken"] = token
    return json.dumps(read, ensure_ascii=False)


def _tracked(built: Built, content: MessageSet, cause: Cause, *, is_personal: bool) -> TrackedSet:
    if not cause.is_tracked:
        return TrackedSet(built.ready, ())
    return find_places(built.ready, is_personal=is_personal, utm=content.utm)


def _values(
    account_id: int, people: Sequence[Person], tracked: TrackedSet, additions: Additions
) -> dict[int | None, Values]:
    """Return the values of each friend; under None, those of groups, which have none."""
    friends = {one.friend_id for one, _cause in people if one.friend_id is not None}
    if not friends:
        return {None: {}}
    own = {one.friend_id: additions.values.get(cause.reference, {}) for one, cause in people}
    known = values_for(account_id, friends, tracked.names)
    return {friend_id: {**values, **own.get(friend_id, {})} for friend_id, values in known.items()}
