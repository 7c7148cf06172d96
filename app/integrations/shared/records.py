"""Keep the records of a service as last read, in sets; what changes waits to be applied to friends."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Select, Text, any_, delete, func, literal, select, text

from app.core.db import db
from app.integrations.shared.models import RemoteRecord

CONTACT, COMPANY = "contact", "company"
# The transaction that wrote a row tells one state of it from the next.
_VERSION = text("CAST(remote_records.xmin AS text)")
# An older answer, such as one of a search index that lags, says of a record only that it is there.
_IS_NEWER = "known.remote_updated_at IS NULL OR excluded.remote_updated_at >= known.remote_updated_at"
_STORE = text(f"""
    INSERT INTO remote_records AS known
        (integration_id, kind, remote_id, properties, match_keys, remote_updated_at, seen_run_id, is_pending)
    SELECT :integration_id, :kind, remote_id, properties, array_remove(
            ARRAY(SELECT :prefix || 'line:' || one FROM unnest(lines) AS one)
            || (:prefix || 'email:' || search_fold(email)) || (:prefix || 'phone:' || phone), NULL),
        updated_at, :run_id, NOT :is_first
    FROM json_to_recordset(CAST(:rows AS json))
         AS given (remote_id text, properties jsonb, lines text[], email text, phone text, updated_at timestamptz)
    ORDER BY remote_id
    ON CONFLICT (integration_id, kind, remote_id) DO UPDATE SET
        properties = CASE WHEN {_IS_NEWER} THEN excluded.properties ELSE known.properties END,
        match_keys = CASE WHEN {_IS_NEWER} THEN excluded.match_keys ELSE known.match_keys END,
        remote_updated_at = CASE WHEN {_IS_NEWER} THEN excluded.remote_updated_at ELSE known.remote_updated_at END,
        seen_run_id = coalesce(excluded.seen_run_id, known.seen_run_id),
        is_pending = known.is_pending OR (({_IS_NEWER})
            AND (known.properties, known.match_keys) IS DISTINCT FROM (excluded.properties, excluded.match_keys))
            OR (:is_full AND EXISTS (SELECT FROM remote_links AS link WHERE link.integration_id = known.integration_id
                                     AND link.remote_id = known.remote_id))
""")  # noqa: S608
# A sync and what was told apart from it change records side by side: each locks them in the order of ids.
_SET_COMPANIES = text("""
    WITH given AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS given (remote_id text, company_id text)
    ), held AS MATERIALIZED (
        SELECT remote_id, given.company_id FROM remote_records JOIN given USING (remote_id)
        WHERE integration_id = :integration_id AND kind = 'contact'
          AND remote_records.company_id IS DISTINCT FROM given.company_id
        ORDER BY remote_id FOR NO KEY UPDATE OF remote_records
    )
    UPDATE remote_records SET company_id = held.company_id, is_pending = true FROM held
    WHERE integration_id = :integration_id AND kind = 'contact' AND remote_records.remote_id = held.remote_id
""")
_TAKE_COMPANIES = text("""
    WITH held AS MATERIALIZED (
        SELECT remote_id FROM remote_records
        WHERE integration_id = :integration_id AND kind = 'company' AND is_pending
        ORDER BY remote_id FOR NO KEY UPDATE
    )
    UPDATE remote_records SET is_pending = false FROM held
    WHERE integration_id = :integration_id AND kind = 'company' AND remote_records.remote_id = held.remote_id
    RETURNING held.remote_id
""")
_SPREAD = text("""
    WITH held AS MATERIALIZED (
        SELECT remote_id FROM remote_records
        WHERE integration_id = :integration_id AND kind = 'contact' AND company_id = ANY(:companies)
        ORDER BY remote_id FOR NO KEY UPDATE
    )
    UPDATE remote_records SET is_pending = true FROM held
    WHERE integration_id = :integration_id AND kind = 'contact' AND remote_records.remote_id = held.remote_id
""")
_LET_WAIT = text("""
    WITH held AS MATERIALIZED (
        SELECT remote_id FROM remote_records
        WHERE integration_id = :integration_id AND kind = 'contact' AND remote_id = ANY(:remote_ids)
        ORDER BY remote_id FOR NO KEY UPDATE
    )
    UPDATE remote_records SET is_pending = true, seen_run_id = NULL FROM held
    WHERE integration_id = :integration_id AND kind = 'contact' AND remote_records.remote_id = held.remote_id
""")
_LET_LINKED_WAIT = text("""
    WITH held AS MATERIALIZED (
        SELECT remote_id FROM remote_records
        WHERE integration_id = :integration_id AND kind = 'contact' AND remote_id = ANY(:remote_ids) AND NOT is_pending
        ORDER BY remote_id FOR NO KEY UPDATE
    )
    UPDATE remote_records SET is_pending = true FROM held
    WHERE integration_id = :integration_id AND kind = 'contact' AND remote_records.remote_id = held.remote_id
""")
_APPLIED = text("""
    WITH held AS MATERIALIZED (
        SELECT remote_id FROM unnest(CAST(:remote_ids AS text[]), CAST(:versions AS text[]))
            AS given (remote_id, version) JOIN remote_records USING (remote_id)
        WHERE integration_id = :integration_id AND kind = :kind AND CAST(remote_records.xmin AS text) = version
        ORDER BY remote_id FOR NO KEY UPDATE OF remote_records
    )
    UPDATE remote_records SET is_pending = false FROM held
    WHERE integration_id = :integration_id AND kind = :kind AND remote_records.remote_id = held.remote_id
""")


_UNSEEN = text("""
    (SELECT remote_id FROM remote_records
     WHERE integration_id = :integration_id AND kind = 'contact'
       AND seen_run_id IS DISTINCT FROM :run_id AND remote_id > :after
     ORDER BY remote_id LIMIT :most)
    UNION
    (SELECT remote_id FROM remote_links AS link
     WHERE integration_id = :integration_id AND remote_id > :after AND NOT EXISTS (
         SELECT FROM remote_records AS record WHERE record.integration_id = link.integration_id
         AND record.kind = 'contact' AND record.remote_id = link.remote_id)
     ORDER BY remote_id LIMIT :most)
    ORDER BY remote_id LIMIT :most
""")


class ReadRecord(NamedTuple):
    """A record as the service tells it, and what friends are found by: LINE user ids, address, normal phone number."""

    remote_id: str
    properties: Mapping[str, str]
    updated_at: str | None = None
    lines: Sequence[str] = ()
    email: str | None = None
    phone: str | None = None


class RecordVersion(NamedTuple):
    """A record that waits to be applied; `version` tells whether it has changed since."""

    remote_id: str
    version: str
    seen_run_id: int | None = None


@dataclass(frozen=True)
class PendingRecord:
    """A record that waits to be applied, with what is known of it."""

    remote_id: str
    properties: Mapping[str, Any]
    company_id: str | None
    updated_at: Any
    version: str


def store_records(
    integration_id: int,
    kind: str,
    records: Iterable[ReadRecord],
    *,
    run_id: int | None = None,
    is_full: bool = False,
    is_first: bool = False,
) -> None:
    """Store what was read, with one statement; what is new or has changed waits to be applied.

    In a complete reading (`is_full`) everything that is linked does; in the first one what is new waits once it is
    linked. What is older than what is stored changes nothing.
    """
    rows = list({record.remote_id: record._asdict() for record in records}.values())
    if not rows:
        return
    about = {"integration_id": integration_id, "kind": kind, "run_id": run_id}
    about |= {"is_full": is_full, "is_first": is_first}
    db.session.execute(_STORE, {**about, "prefix": f"{integration_id}:", "rows": json.dumps(rows)})


def set_companies(integration_id: int, companies: Mapping[str, str | None]) -> None:
    """Store the primary company of contacts; those that have got another one wait to be applied."""
    rows = [{"remote_id": one, "company_id": company} for one, company in sorted(companies.items())]
    if rows:
        db.session.execute(_SET_COMPANIES, {"integration_id": integration_id, "rows": json.dumps(rows)})


def spread_companies(integration_id: int) -> int:
    """Let the contacts of changed companies wait to be applied, and take the companies off the list."""
    companies = db.session.scalars(_TAKE_COMPANIES, {"integration_id": integration_id}).all()
    if companies:
        db.session.execute(_SPREAD, {"integration_id": integration_id, "companies": companies})
    return len(companies)


def pending_versions(
    integration_id: int, kind: str, *, limit: int, after: str = "", among: Collection[str] | None = None
) -> list[RecordVersion]:
    """Return which records wait to be applied, by id; `among`: only some of these."""
    columns = (RemoteRecord.remote_id, _VERSION, RemoteRecord.seen_run_id)
    rows = db.session.execute(_pending(columns, integration_id, kind, limit, after, among))
    return [RecordVersion(*row) for row in rows]


def pending_records(
    integration_id: int, kind: str, *, limit: int, among: Collection[str] | None = None
) -> list[PendingRecord]:
    """Return records that wait to be applied, by id, without locking them; `among`: only some of these."""
    columns = (
        RemoteRecord.remote_id,
        RemoteRecord.properties,
        RemoteRecord.company_id,
        RemoteRecord.remote_updated_at,
        _VERSION,
    )
    rows = db.session.execute(_pending(columns, integration_id, kind, limit, "", among))
    return [PendingRecord(*row) for row in rows]


def _pending(
    columns: Sequence[Any], integration_id: int, kind: str, limit: int, after: str, among: Collection[str] | None
) -> Select[Any]:
    mine = (RemoteRecord.integration_id == integration_id, RemoteRecord.kind == kind, RemoteRecord.is_pending)
    query = select(*columns).where(*mine, RemoteRecord.remote_id > after).order_by(RemoteRecord.remote_id).limit(limit)
    return query if among is None else query.where(RemoteRecord.remote_id == any_(literal(list(among), ARRAY(Text))))


def count_records(integration_id: int, kind: str, *, only_pending: bool = False) -> int:
    """Return how many records of the kind are known, or wait to be applied."""
    query = select(func.count()).select_from(RemoteRecord)
    query = query.where(RemoteRecord.integration_id == integration_id, RemoteRecord.kind == kind)
    return db.session.scalar(query.where(RemoteRecord.is_pending) if only_pending else query) or 0


def applied(integration_id: int, kind: str, records: Iterable[PendingRecord | RecordVersion]) -> None:
    """Take the records off the list, unless they have changed since they were read from it."""
    versions = {record.remote_id: record.version for record in records}
    if versions:
        about = {"remote_ids": list(versions), "versions": list(versions.values())}
        db.session.execute(_APPLIED, {"integration_id": integration_id, "kind": kind, **about})


def let_wait(integration_id: int, remote_ids: Collection[str]) -> None:
    """Let these contacts be applied soon, though they have not changed, and their friends be looked for again."""
    if remote_ids:
        db.session.execute(_LET_WAIT, {"integration_id": integration_id, "remote_ids": list(remote_ids)})


def let_linked_wait(integration_id: int, remote_ids: Collection[str]) -> None:
    """Let these contacts, whose friends were just looked for, be applied."""
    if remote_ids:
        db.session.execute(_LET_LINKED_WAIT, {"integration_id": integration_id, "remote_ids": list(remote_ids)})


def contacts_after(integration_id: int, after: str, *, limit: int) -> Sequence[str]:
    """Return ids of contacts that are known, behind this one."""
    mine = (RemoteRecord.integration_id == integration_id, RemoteRecord.kind == CONTACT)
    query = select(RemoteRecord.remote_id).where(*mine, RemoteRecord.remote_id > after)
    return db.session.scalars(query.order_by(RemoteRecord.remote_id).limit(limit)).all()


def unseen_contacts(integration_id: int, run_id: int, *, limit: int, after: str = "") -> Sequence[str]:
    """Return ids of contacts that a complete reading did not see, also of linked ones that never were read."""
    about = {"integration_id": integration_id, "run_id": run_id, "after": after, "most": limit}
    return db.session.scalars(_UNSEEN, about).all()


def drop_records(integration_id: int, kind: str, remote_ids: Collection[str]) -> None:
    """Forget records that are gone at the service."""
    if remote_ids:
        mine = (RemoteRecord.integration_id == integration_id, RemoteRecord.kind == kind)
        db.session.execute(delete(RemoteRecord).where(*mine, RemoteRecord.remote_id.in_(remote_ids)))
