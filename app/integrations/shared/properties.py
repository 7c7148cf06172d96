"""The properties of a service's records as last read, for forms and checks that must not wait for the service."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, collate, func, literal, or_, select, text, update

from app.core.clock import database_now
from app.core.db import db
from app.integrations.shared.mappings import RemoteField
from app.integrations.shared.models import FieldMapping
from app.integrations.shared.step_models import RemoteProperty

# So many are offered at once; typing finds the others.
OFFERED = 20
_STORE = text("""
    INSERT INTO remote_properties AS known
        (integration_id, record_kind, name, label, type, field_type, options, is_read_only)
    SELECT :integration_id, record_kind, name, label, type, field_type, options, is_read_only
    FROM json_to_recordset(CAST(:rows AS json)) AS given (
        record_kind text, name text, label text, type text, field_type text, options jsonb, is_read_only boolean)
    ORDER BY record_kind, name
    ON CONFLICT (integration_id, record_kind, name) DO UPDATE SET
        label = excluded.label, type = excluded.type, field_type = excluded.field_type, options = excluded.options,
        is_read_only = excluded.is_read_only, deleted_at = NULL
    WHERE (known.label, known.type, known.field_type, known.options, known.is_read_only, known.deleted_at)
        IS DISTINCT FROM (excluded.label, excluded.type, excluded.field_type, excluded.options,
                          excluded.is_read_only, NULL)
    RETURNING id
""")


def store_properties(integration_id: int, fields: Iterable[RemoteField]) -> None:
    """Store what the properties are now; those that are not among them are gone at the service."""
    rows = [
        {
            "record_kind": one.kind,
            "name": one.name,
            "label": one.label,
            "type": one.type,
            "field_type": one.field_type,
            "options": [list(option) for option in one.options],
            "is_read_only": one.is_read_only,
        }
        for one in fields
    ]
    db.session.execute(_STORE, {"integration_id": integration_id, "rows": json.dumps(rows)})
    known = [f"{row['record_kind']}:{row['name']}" for row in rows]
    gone = (RemoteProperty.integration_id == integration_id, RemoteProperty.deleted_at.is_(None))
    is_known = (RemoteProperty.record_kind + ":" + RemoteProperty.name).in_(known)
    change = update(RemoteProperty).where(*gone, ~is_known).values(deleted_at=database_now())
    db.session.execute(change.execution_options(synchronize_session=False))


def writable() -> ColumnElement[bool]:
    """Return the condition of properties of the records themselves that may be written."""
    return (RemoteProperty.record_kind == "contact") & RemoteProperty.is_read_only.is_(False)


def mapped() -> ColumnElement[bool]:
    """Return the condition of properties that are kept equal to a field of friends."""
    same = (
        FieldMapping.integration_id == RemoteProperty.integration_id,
        FieldMapping.record_kind == RemoteProperty.record_kind,
        FieldMapping.remote_name == RemoteProperty.name,
    )
    return select(FieldMapping.id).where(*same).exists()


def properties_at(integration_id: int, *where: ColumnElement[bool]) -> Select[Any]:
    """Select the properties that there are at an integration, by label."""
    there = (RemoteProperty.integration_id == integration_id, RemoteProperty.deleted_at.is_(None))
    by_label = (collate(func.search_fold(RemoteProperty.label), "C"), RemoteProperty.id)
    return select(RemoteProperty).where(*there, *where).order_by(*by_label)


def properties_like(found: Select[Any], typed: str, keep: Collection[int]) -> tuple[Sequence[RemoteProperty], bool]:
    """Return those of the selected properties whose label or name holds what was typed, and whether there are more.

    Those to `keep` (chosen already) come first, whatever their names.
    """
    looked_for = func.search_fold(literal(typed.strip(), Text))
    columns = (RemoteProperty.label, RemoteProperty.name)
    holds = or_(*(func.strpos(func.search_fold(one), looked_for) > 0 for one in columns))
    kept = db.session.scalars(found.where(RemoteProperty.id.in_(keep))).all() if keep else []
    others = found.where(RemoteProperty.id.not_in(keep), *([holds] if typed.strip() else []))
    rows = db.session.scalars(others.limit(OFFERED + 1)).all()
    return [*kept, *rows[:OFFERED]], len(rows) > OFFERED
