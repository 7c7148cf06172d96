"""What the team knows of a friend, field by field: a save touches only the fields that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.clock import now
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.events import announce
from app.core.i18n import Text, _, _l, listed
from app.friends.events import AttributesChanged
from app.friends.models import Friend
from app.friends.operations.activity import record_activity
from app.friends.operations.friends import lock_friend_by_id
from app.friends.queries.attributes import attribute_definitions
from app.friends.values import CUSTOM, STANDARD, Field, WrongValue, as_typed, fields, value_of
from app.team import audit
from app.team.models import Member


def _in_words(details: Mapping[str, Any]) -> dict[str, str]:
    known = {**details["labels"], **{field.name: field.label for field in STANDARD}}
    return {"fields": listed(known.get(name, name) for name in details["fields"])}


audit.describe(
    {"friend.edited": _l("changed %(fields)s of %(target)s")}, {"friend": _l("Friends")}, {"friend.edited": _in_words}
)


def set_attributes(
    account_id: int,
    friend_id: int,
    values: Mapping[str, Any],
    *,
    source: str,
    actor: Member | None = None,
    seen: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Store these fields of a friend; returns the names of those that changed. Announces AttributesChanged.

    `seen` is what stood in the form when it was opened: fields left as they were are not saved at all, and a field
    that somebody else changed meanwhile is refused. Raises InvalidInput by field name, NotFound.
    """
    friend = lock_friend_by_id(account_id, friend_id)
    if friend is None:
        raise NotFound
    known = fields(attribute_definitions(account_id))
    wanted = {name: value for name, value in values.items() if name in known and _is_edited(name, value, seen)}
    cleaned = _clean(known, wanted)
    _refuse_overwriting(friend, cleaned, seen)
    changes = {name: [value_of(friend, name), new] for name, new in cleaned.items() if new != value_of(friend, name)}
    if changes:
        _store(friend, {name: new for name, (_old, new) in changes.items()})
        _note(friend, known, changes, source, actor)
    return tuple(changes)


def _is_edited(name: str, value: Any, seen: Mapping[str, str] | None) -> bool:
    return seen is None or as_typed(value).strip() != seen.get(name, "").strip()


def _clean(known: Mapping[str, Field], wanted: Mapping[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    wrong: dict[str, Text] = {}
    for name, value in wanted.items():
        try:
            cleaned[name] = known[name].clean(value)
        except WrongValue as error:
            wrong[name] = error.message
    if wrong:
        raise InvalidInput(wrong)
    return cleaned


def _refuse_overwriting(friend: Friend, cleaned: Mapping[str, Any], seen: Mapping[str, str] | None) -> None:
    """Two people editing: whoever saves later hears of it, and may save again to replace the other's value."""
    if seen is None:
        return
    taken: dict[str, Text] = {}
    for name, new in cleaned.items():
        current = as_typed(value_of(friend, name))
        if current != seen.get(name, "") and new != value_of(friend, name):
            taken[name] = _("Somebody changed this to “%(value)s” meanwhile. Save again to replace it.", value=current)
    if taken:
        raise InvalidInput(taken)


def _store(friend: Friend, values: Mapping[str, Any]) -> None:
    custom = dict(friend.attributes)
    for name, value in values.items():
        if not name.startswith(CUSTOM):
            setattr(friend, name, value)
        elif value is None:
            custom.pop(name.removeprefix(CUSTOM), None)
        else:
            custom[name.removeprefix(CUSTOM)] = value
    friend.attributes = custom
    db.session.flush()


def _note(
    friend: Friend, known: Mapping[str, Field], changes: dict[str, Any], source: str, actor: Member | None
) -> None:
    member_id = actor.id if actor else None
    labels = {name: str(known[name].label) for name in changes if name.startswith(CUSTOM)}
    data = {"changes": changes, "labels": labels, "source": source}
    record_activity(friend, "attributes_changed", now(), data, member_id=member_id, by_friend=False)
    if actor:
        about: dict[str, Any] = {"target": friend, "target_name": friend.display_name, "account_id": friend.account_id}
        audit.record(actor, "friend.edited", **about, fields=list(changes), labels=labels)
    announce(
        AttributesChanged(
            account_id=friend.account_id,
            friend_id=friend.id,
            names=tuple(changes),
            source=source,
            member_id=member_id,
        )
    )
