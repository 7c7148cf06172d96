"""Contacts as they are read, and who is linked to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.core.db import db
from app.friends.models import Friend
from app.integrations.shared.models import Integration, RemoteLink
from app.integrations.shared.records import CONTACT, ReadRecord, store_records


def contact(of: Integration, remote_id: str, **values: Any) -> str:
    """A contact as last read; `values` are those of a ReadRecord."""
    store_records(of.id, CONTACT, [ReadRecord(remote_id, **{"properties": {}, **values})])
    db.session.commit()
    return remote_id


def links(of: Integration) -> dict[int, tuple[str | None, str]]:
    """Record and way of finding it, by friend."""
    rows = db.session.query(RemoteLink).filter_by(integration_id=of.id).populate_existing()
    return {row.friend_id: (row.remote_id, row.found_by) for row in rows}


def set_at(person: Friend, name: str, moment: datetime) -> None:
    """Let a value of a friend have been set at another time."""
    db.session.rollback()
    db.session.connection().exec_driver_sql(
        "UPDATE friend_value_sources SET sources = jsonb_set(sources, ARRAY[%(name)s, '1'], to_jsonb(%(at)s::text))"
        " WHERE friend_id = %(id)s",
        {"name": name, "at": moment.astimezone(UTC).isoformat(), "id": person.id},
    )
    db.session.commit()
