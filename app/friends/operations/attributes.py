"""Store attributes of friends field by field: a save changes only the fields that it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import InvalidInput, NotFound
from app.core.i18n import Text, _, _l, listed
from app.core.values.errors import WrongValue
from app.friends.models import Friend
from app.friends.operations.friends import lock_friend_by_id
from app.friends.operations.store_values import store_values
from app.friends.queries.attributes import attribute_definitions
from app.friends.sources import Source, as_source
from app.friends.values import CUSTOM, STANDARD, Field, as_typed, fields, value_of
from app.team import audit
from app.team.actors import Actor, ActorKind
from app.team.operation import operation
from app.team.permissions import Permission

# Refused values that are named one by one; all are counted.
MOST_REFUSALS = 1_000


def _in_words(details: Mapping[str, Any]) -> dict[str, str]:
    known = {**details["labels"], **{field.name: field.label for field in STANDARD}}
    return {"fields": listed(known.get(name, name) for name in details["fields"])}


audit.describe(
    {
        "friend.edited": _l("changed %(fields)s of %(target)s"),
        "friend.edited_in_bulk": _l("changed %(fields)s of many friends (%(friends)s)"),
    },
    {"friend": _l("Friends")},
    {"friend.edited": _in_words, "friend.edited_in_bulk": _in_words},
)


@operation(Permission.FRIENDS)
def set_attributes(
    account_id: int,
    friend_id: int,
    values: Mapping[str, Any],
    *,
    source: Source | str,
    seen: Mapping[str, str] | None = None,
    actor: Actor,
) -> tuple[str, ...]:
    """Store these fields of a friend; returns the names of those that changed. Announces AttributesChanged.

    `seen` is what stood in the form when it was opened: fields left as they were are not saved at all, and a field
    that another member has changed since is refused. Raises InvalidInput by field name, NotFound.
    """
    friend = lock_friend_by_id(account_id, friend_id)
    if friend is None:
        raise NotFound
    known = fields(attribute_definitions(account_id))
    given = {name: value for name, value in values.items() if name in known and _is_edited(name, value, seen)}
    cleaned = _clean(known, given)
    _refuse_overwriting(friend, cleaned, seen)
    origin = as_source(source, actor)
    stored = store_values(account_id, {friend.id: cleaned}, known, source=origin, member_id=actor.member_id)
    changed = stored.changes.get(friend.id, ())
    if changed and _is_audited(actor):
        about: dict[str, Any] = {"target": friend, "target_name": friend.display_name, "account_id": account_id}
        audit.record(actor, "friend.edited", **about, fields=list(changed), labels=_labels(known, changed))
    return changed


@dataclass(frozen=True)
class Refusal:
    """A value that was not stored, and the sentence that says why."""

    friend_id: int
    name: str
    reason: str


@dataclass(frozen=True)
class ManyStored:
    """Friends whose values changed, those whose values were so already, ids that are no friends of the account.

    `reasons` counts refused values by field name and sentence; `refusals` are the first of them.
    """

    changed: int
    unchanged: int
    missing: int
    reasons: Mapping[tuple[str, str], int]
    refusals: Sequence[Refusal]


@operation(Permission.FRIENDS)
def set_attributes_many(
    account_id: int,
    contacts: Iterable[tuple[int, Mapping[str, Any]]],
    *,
    source: Source | str,
    actor: Actor,
) -> ManyStored:
    """Store fields of many friends, given as (friend id, values by field name), in the caller's transaction.

    Values are checked as `set_attributes` checks them; a wrong one is refused by itself and the others are stored. Of
    a friend that comes twice the later values win. Announces AttributesChanged for each set of changed fields.
    """
    known = fields(attribute_definitions(account_id))
    values, refusals = _clean_many(known, contacts)
    origin = as_source(source, actor)
    stored = store_values(account_id, values, known, source=origin, member_id=actor.member_id)
    if stored.changes and _is_audited(actor):
        names = sorted({name for changed in stored.changes.values() for name in changed})
        labels, friends = _labels(known, names), len(stored.changes)
        audit.record(
            actor, "friend.edited_in_bulk", account_id=account_id, friends=friends, fields=names, labels=labels
        )
    return ManyStored(
        changed=len(stored.changes),
        unchanged=stored.found - len(stored.changes),
        missing=len(values) - stored.found,
        reasons=Counter((one.name, one.reason) for one in refusals),
        refusals=refusals[:MOST_REFUSALS],
    )


def _is_audited(actor: Actor) -> bool:
    """Return whether values that this actor sets go into the audit log; those of programs are on timelines only."""
    return actor.kind not in (ActorKind.SYSTEM, ActorKind.WORKFLOW)


def _clean_many(
    known: Mapping[str, Field], contacts: Iterable[tuple[int, Mapping[str, Any]]]
) -> tuple[dict[int, dict[str, Any]], list[Refusal]]:
    values: dict[int, dict[str, Any]] = {}
    refusals: list[Refusal] = []
    for friend_id, given in contacts:
        cleaned = values.setdefault(friend_id, {})
        for name, value in given.items():
            field = known.get(name)
            if field is None:
                refusals.append(Refusal(friend_id, name, _("There is no such field.")))
                continue
            try:
                cleaned[name] = field.clean(value)
            except WrongValue as error:
                refusals.append(Refusal(friend_id, name, error.message))
    return values, refusals


def _labels(known: Mapping[str, Field], names: Iterable[str]) -> dict[str, str]:
    return {name: str(known[name].label) for name in names if name.startswith(CUSTOM)}


def _is_edited(name: str, value: Any, seen: Mapping[str, str] | None) -> bool:
    return seen is None or as_typed(value).strip() != seen.get(name, "").strip()


def _clean(known: Mapping[str, Field], given: Mapping[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    wrong: dict[str, Text] = {}
    for name, value in given.items():
        try:
            cleaned[name] = known[name].clean(value)
        except WrongValue as error:
            wrong[name] = error.message
    if wrong:
        raise InvalidInput(wrong)
    return cleaned


def _refuse_overwriting(friend: Friend, cleaned: Mapping[str, Any], seen: Mapping[str, str] | None) -> None:
    """Refuse the later of two saves once; saving again replaces the other member's value."""
    if seen is None:
        return
    taken: dict[str, Text] = {}
    for name, new in cleaned.items():
        current = as_typed(value_of(friend, name))
        if current != seen.get(name, "") and new != value_of(friend, name):
            taken[name] = _("Another member has changed this to “%(value)s”. Save again to replace it.", value=current)
    if taken:
        raise InvalidInput(taken)
