"""Store changes that are to be made at HubSpot, once for each step, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select, text, update

from app.core import queue
from app.core.db import db
from app.integrations.shared.step_models import RemoteChange

WAKE = "integrations.hubspot.change"
_STORE = text("""
    INSERT INTO remote_changes (integration_id, friend_id, key, name, change, value, due_at)
    SELECT integration_id, friend_id, key, name, change, value, statement_timestamp()
    FROM json_to_recordset(CAST(:rows AS json)) AS given (
        number bigint, integration_id bigint, friend_id bigint, key text, name text, change text, value text)
    ORDER BY number
    ON CONFLICT (integration_id, key) DO NOTHING
""")


@dataclass(frozen=True)
class NewChange:
    """A change to be made; `key` is that of the step which asks for it."""

    integration_id: int
    friend_id: int
    key: str
    name: str
    change: str
    value: str


def store_changes(changes: Iterable[NewChange]) -> None:
    """Store changes in their order, in the caller's transaction, and have them made after it."""
    rows = [{"number": number, **asdict(one)} for number, one in enumerate(changes)]
    if rows:
        db.session.execute(_STORE, {"rows": json.dumps(rows)})
        for integration_id in sorted({one["integration_id"] for one in rows}):
            queue.after_commit(db.session, WAKE, integration_id)


def stored_changes(keys: Collection[str]) -> dict[str, RemoteChange]:
    """Return the changes of these steps by key."""
    if not keys:
        return {}
    query = select(RemoteChange).where(RemoteChange.key.in_(keys)).execution_options(populate_existing=True)
    return {one.key: one for one in db.session.scalars(query)}


def end_changes(ids: Collection[int], code: str, values: Mapping[str, Any]) -> None:
    """Give up changes that have not ended, for good."""
    still_open = (RemoteChange.id.in_(ids), RemoteChange.ended_at.is_(None))
    over = {"due_at": None, "leased_until": None, "reason": code, "reason_values": dict(values)}
    change = update(RemoteChange).where(*still_open).values(**over, ended_at=func.now())
    db.session.execute(change.execution_options(synchronize_session=False))
