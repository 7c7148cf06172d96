"""Store checked values of many friends in one statement per batch: values, sources, activities."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import text

from app.core.clock import now
from app.core.db import db
from app.core.events import announce_all
from app.core.values import phones
from app.friends.events import AttributesChanged
from app.friends.models import Friend
from app.friends.operations.friends import LOCK_ORDER_SQL
from app.friends.operations.value_sources import source_id
from app.friends.sources import Source
from app.friends.values import CUSTOM, STANDARD, Field

# Friends of one statement; its rows travel as one JSON text.
BATCH = 10_000
# Written along with the phone number; no field of its own.
NORMAL = "phone_normal"
_COLUMNS = [field.name for field in STANDARD]
_PRESENT = ", ".join(f"'{name}', friends.{name}" for name in _COLUMNS)
_SET = ",\n               ".join(
    f"{name} = CASE WHEN standard ? '{name}' THEN standard ->> '{name}' ELSE friends.{name} END" for name in _COLUMNS
)
# Friends of other accounts fall out. Rows are locked in the common order, so that two writers never deadlock.
_STORE = text(f"""
    WITH held AS MATERIALIZED (
        SELECT friends.id, standard, custom, times, given.{NORMAL}, attributes,
               jsonb_build_object({_PRESENT}) AS present
        FROM json_to_recordset(CAST(:rows AS json))
             AS given (friend_id bigint, standard jsonb, custom jsonb, times jsonb, {NORMAL} text)
        JOIN friends ON friends.id = friend_id
        WHERE friends.account_id = :account_id
        ORDER BY {LOCK_ORDER_SQL} FOR NO KEY UPDATE OF friends
    ),
    changed AS MATERIALIZED (
        SELECT id, standard, custom, times, {NORMAL}, changes
        FROM held CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(name, jsonb_build_array(old, new)) AS changes
            FROM (
                SELECT key AS name, present -> key AS old, value AS new FROM jsonb_each(standard)
                UNION ALL
                SELECT '{CUSTOM}' || key, coalesce(attributes -> key, 'null'), value FROM jsonb_each(custom)
            ) AS one
            WHERE old <> new
        ) AS compared
        WHERE changes IS NOT NULL
    ),
    stored AS (
        UPDATE friends
        SET {_SET},
            {NORMAL} = CASE WHEN standard ? 'phone' THEN changed.{NORMAL} ELSE friends.{NORMAL} END,
            attributes = jsonb_strip_nulls(friends.attributes || custom), updated_at = now()
        FROM changed WHERE friends.id = changed.id
    ),
    sourced AS (
        INSERT INTO friend_value_sources (friend_id, sources)
        SELECT id, (
            SELECT jsonb_object_agg(name, jsonb_build_array(
                CAST(:source_id AS bigint), coalesce(times ->> name, CAST(:set_at AS text))))
            FROM jsonb_object_keys(changes) AS name)
        FROM changed
        ON CONFLICT (friend_id) DO UPDATE SET sources = friend_value_sources.sources || excluded.sources
    ),
    noted AS (
        INSERT INTO activities (account_id, friend_id, kind, occurred_at, data, member_id)
        SELECT :account_id, id, 'attributes_changed', :moment, jsonb_build_object(
            'changes', changes, 'source', CAST(:source AS text),
            'labels', coalesce((
                SELECT jsonb_object_agg(key, value) FROM jsonb_each(CAST(:labels AS jsonb)) WHERE changes ? key
            ), '{{}}')), :member_id
        FROM changed
    )
    SELECT held.id, ARRAY(SELECT jsonb_object_keys(changes)) AS names FROM held LEFT JOIN changed USING (id)
""")  # noqa: S608


@dataclass(frozen=True)
class StoreResult:
    """Ids of the friends that exist, and the changed field names of each friend whose values changed."""

    found: int
    changes: Mapping[int, tuple[str, ...]]


def store_values(
    account_id: int,
    values: Mapping[int, Mapping[str, Any]],
    known: Mapping[str, Field],
    *,
    source: Source,
    member_id: int | None = None,
    times: Mapping[int, Mapping[str, datetime]] = MappingProxyType({}),
) -> StoreResult:
    """Store cleaned values by friend id and field name, in the caller's transaction; None empties a field.

    `times` says when values were set at their source, where that is not now. Writes source and time of each changed
    value and one activity per changed friend. Announces AttributesChanged once for each set of fields.
    """
    db.session.flush()
    labels = {name: str(field.label) for name, field in known.items() if name.startswith(CUSTOM)}
    moment = now()
    shared = {
        "account_id": account_id,
        "source_id": source_id(account_id, source),
        "set_at": moment.isoformat(),
        "moment": moment,
        "source": source.kind,
        "labels": json.dumps(labels),
        "member_id": member_id,
    }
    found, changes = 0, dict[int, tuple[str, ...]]()
    ids = sorted(values)
    for at in range(0, len(ids), BATCH):
        part = ids[at : at + BATCH]
        rows = json.dumps([_row(one, values[one]) | {"times": _told(times.get(one, {}), moment)} for one in part])
        answer = db.session.execute(_STORE, {**shared, "rows": rows}).all()
        found += len(answer)
        changes.update((row.id, tuple(row.names)) for row in answer if row.names)
    _forget_loaded(changes)
    _announce(account_id, changes, source.kind, member_id)
    return StoreResult(found, changes)


def _row(friend_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    standard = {name: value for name, value in values.items() if not name.startswith(CUSTOM)}
    custom = {name.removeprefix(CUSTOM): value for name, value in values.items() if name.startswith(CUSTOM)}
    phone = standard.get("phone")
    normal = phones.normal(phone) if phone else None
    return {"friend_id": friend_id, "standard": standard, "custom": custom, NORMAL: normal}


def _told(times: Mapping[str, datetime], latest: datetime) -> dict[str, str]:
    """Return the times as they are stored; none is later than now, whatever another clock says."""
    return {name: min(at, latest).isoformat() for name, at in times.items()}


def _forget_loaded(changes: Mapping[int, Sequence[str]]) -> None:
    """Expire friends that the session has loaded, so that they are read again."""
    for row in list(db.session.identity_map.values()):
        if isinstance(row, Friend) and row.id in changes:
            db.session.expire(row)


def _announce(account_id: int, changes: Mapping[int, tuple[str, ...]], source: str, member_id: int | None) -> None:
    alike: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for friend_id, names in changes.items():
        alike[names].append(friend_id)
    announce_all(
        AttributesChanged(
            account_id=account_id, friend_ids=tuple(friend_ids), names=names, source=source, member_id=member_id
        )
        for names, friend_ids in alike.items()
    )
