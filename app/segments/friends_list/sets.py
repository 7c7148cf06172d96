"""Segments, and conditions that no segment has, as sets that lists, exports and bulk changes of friends know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.core.i18n import Text, _, _l
from app.core.identifiers import row_number
from app.friends import list_tools
from app.friends.friend_sets import FriendSet, register
from app.friends.list_tools import ListTool
from app.segments.conditions.compiler import compile_definition
from app.segments.conditions.definition import Definition, parse_stored
from app.segments.conditions.sentences import ConditionSentences
from app.segments.friends_list.keys import decode, encode
from app.segments.queries.members import Membership
from app.segments.queries.segments import deletion_of, segments_by_id
from app.team.permissions import Permission, check_any

SEGMENT, CONDITIONS = "segment", "conditions"
READERS = (Permission.SEGMENTS,)


def key_of_segment(segment_id: int) -> str:
    """Return the key of the friends in a segment."""
    return f"{SEGMENT}-{segment_id}"


def key_of_conditions(definition: Mapping[str, Any]) -> str:
    """Return the key of the friends who fit a definition as JSON."""
    return f"{CONDITIONS}-{encode(definition)}"


def is_of(kind: str) -> Callable[[str], bool]:
    """Return the test whether a key is one of this kind."""
    return lambda key: key.partition("-")[0] == kind


def conditions_in(account_id: int, keys: Iterable[str]) -> Definition | None:
    """Return the conditions among these keys of sets; None where there are none."""
    found = (decode(key.partition("-")[2]) for key in keys if is_of(CONDITIONS)(key))
    raw = next(found, None)
    return _definition(account_id, raw) if raw else None


def _segment(account_id: int, key: str) -> FriendSet | None:
    number = row_number(key)
    found = segments_by_id(account_id, [number]) if number is not None else []
    if not found:
        return None
    label: Text = _("Segment: %(name)s", name=found[0].name)
    return _set(label, _definition(account_id, found[0].definition))


def _deleted_segment(account_id: int, key: str) -> Text | None:
    number = row_number(key)
    deletion = deletion_of(account_id, number) if number is not None else None
    if deletion is None:
        return None
    check_any(*READERS)
    named = {"name": deletion.actor_name, "segment": deletion.target_name}
    return _("%(name)s has deleted the segment “%(segment)s”.", **named)


def _conditions(account_id: int, key: str) -> FriendSet | None:
    raw = decode(key)
    definition = _definition(account_id, raw)
    if not definition.groups:
        return None
    return _set(ConditionSentences([definition]).summary(definition), definition)


def _definition(account_id: int, raw: Any) -> Definition:
    return parse_stored(account_id, [raw])[0].definition


def _set(label: Text, definition: Definition) -> FriendSet:
    stored = definition.as_json()
    return FriendSet(label, Membership(compile_definition(definition)), READERS, stored, key_of_conditions(stored))


register(SEGMENT, _segment, _deleted_segment)
register(CONDITIONS, _conditions)
for _tool in (
    ListTool(_l("Segment"), "filter", "segments.choose_for_friends", Permission.SEGMENTS),
    ListTool(
        _l("Conditions"),
        "adjustments-horizontal",
        "segments.friends_conditions",
        Permission.SEGMENTS,
        stylesheet="css/segments.css",
    ),
    ListTool(
        _l("Save as Segment"), "device-floppy", "segments.save_friends_filter", Permission.SEGMENTS, narrows=False
    ),
):
    list_tools.register(_tool)
