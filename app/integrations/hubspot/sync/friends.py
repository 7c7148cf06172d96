"""Read the linked friends of contacts with their values, and store what was decided, with one statement each."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, delete, insert, literal, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core.db import db
from app.friends.models import ValueSource
from app.friends.operations.store_values import store_values
from app.friends.sources import Source
from app.friends.values import CUSTOM, STANDARD, Field
from app.integrations.hubspot.sync.deciding import Decisions, LinkedFriend, LocalError
from app.integrations.shared.models import FieldConflict, FieldError, Integration
from app.integrations.shared.operations import tell_values

_COLUMNS = [field.name for field in STANDARD]
_READ = text(f"""
    SELECT link.id, link.friend_id, link.account_id, link.remote_id, link.synced, friends.attributes,
           coalesce(sources.sources, '{{}}') AS sources, {", ".join("friends." + name for name in _COLUMNS)}
    FROM remote_links AS link JOIN friends ON friends.id = link.friend_id
    LEFT JOIN friend_value_sources AS sources ON sources.friend_id = link.friend_id
    WHERE link.integration_id = :integration_id AND link.remote_id = ANY(:remote_ids)
    ORDER BY link.id FOR NO KEY UPDATE OF link
""")  # noqa: S608
_AGREE = text("""
    UPDATE remote_links SET synced = synced || given.agreed
    FROM json_to_recordset(CAST(:rows AS json)) AS given (id bigint, agreed jsonb)
    WHERE remote_links.id = given.id
""")
# A claim of a writer is void: what it read may be outdated.
_ORDER = text("""
    UPDATE remote_links SET due_at = statement_timestamp(), attempts = 0, leased_until = NULL, reason = NULL
    WHERE id = ANY(:ids)
""")


def read_linked(integration: Integration, remote_ids: Collection[str]) -> dict[str, list[LinkedFriend]]:
    """Return the linked friends of these contacts by the contact's id, and lock their links; friends are locked.

    Values that came from this portal were never set here.
    """
    portal = (ValueSource.kind == integration.service, ValueSource.reference == integration.remote_id)
    own = set(db.session.scalars(select(ValueSource.id).where(*portal)))
    found: dict[str, list[LinkedFriend]] = {}
    for row in db.session.execute(_READ, {"integration_id": integration.id, "remote_ids": list(remote_ids)}):
        values = {name: getattr(row, name) for name in _COLUMNS}
        values |= {CUSTOM + key: value for key, value in row.attributes.items()}
        set_at = {name: datetime.fromisoformat(at) for name, (source, at) in row.sources.items() if source not in own}
        friend = LinkedFriend(row.id, row.friend_id, row.account_id, row.remote_id, row.synced, values, set_at)
        found.setdefault(row.remote_id, []).append(friend)
    return found


def store_decisions(
    integration: Integration,
    decided: Decisions,
    friend_ids: Sequence[int],
    mapping_ids: Sequence[int],
    known: Mapping[int, Mapping[str, Field]],
) -> int:
    """Store all that was decided of these friends and mappings; returns how many friends got other values."""
    source = Source(integration.service, integration.remote_id, integration.name)
    changed = 0
    for account_id, values in sorted(decided.taken.items()):
        changed += len(
            store_values(account_id, values, known[account_id], source=source, times=decided.taken_at).changes
        )
    rows = [{"id": link_id, "agreed": agreed} for link_id, agreed in sorted(decided.agreed.items())]
    if rows:
        db.session.execute(_AGREE, {"rows": json.dumps(rows)})
    if decided.due:
        db.session.execute(_ORDER, {"ids": sorted(decided.due)})
    if decided.conflicts:
        db.session.execute(insert(FieldConflict), [asdict(one) for one in decided.conflicts])
    _store_errors(decided.errors, friend_ids, mapping_ids)
    tell_values(integration.id, decided.heard)
    return changed


def _store_errors(errors: Sequence[LocalError], friend_ids: Sequence[int], mapping_ids: Sequence[int]) -> None:
    """Store values that friends cannot hold; errors that are over go."""
    of_these = FieldError.friend_id == any_(literal(list(friend_ids), ARRAY(BigInteger)))
    over = (of_these, FieldError.mapping_id.in_(mapping_ids), FieldError.side == "local")
    db.session.execute(delete(FieldError).where(*over).execution_options(synchronize_session=False))
    if errors:
        db.session.execute(upsert(FieldError).on_conflict_do_nothing(), [_error_row(one) for one in errors])


def _error_row(error: LocalError) -> dict[str, Any]:
    about = {"mapping_id": error.mapping_id, "friend_id": error.friend_id, "code": error.code}
    return {**about, "code_values": dict(error.values), "value": error.value, "side": "local"}
