"""The second step of a run: compare the last row of every LINE user with what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, text

from app.core.db import db, tune_for_heavy_query
from app.core.runs.keepalive import renewing_lease
from app.core.runs.lease import Lease
from app.imports.id_links import staging
from app.imports.id_links.models import IdLinkSettings

# From so many rows on, looking each one up is slower than reading everything once.
MANY = 50_000
# User IDs that several LINE users share and that are named one by one; all are counted.
MOST_SHARED = 1_000

_LATEST = """
    CREATE UNLOGGED TABLE {latest} AS
    SELECT file.line_user_id, file.user_id, file.position,
           stored.user_id IS NULL AS is_new, stored.user_id <> file.user_id AS is_changed
    FROM (
        SELECT DISTINCT ON (line_user_id) line_user_id, user_id, position
        FROM {rows} ORDER BY line_user_id, position DESC
    ) AS file
    LEFT JOIN id_links AS stored ON stored.account_id = :account_id AND stored.line_user_id = file.line_user_id
    ORDER BY file.line_user_id
"""
_COUNT = """
    SELECT count(*) AS latest, count(*) FILTER (WHERE is_new) AS new, count(*) FILTER (WHERE is_changed) AS changed
    FROM {latest}
"""
_FRIENDS = """
    SELECT count(*) FROM {latest} AS latest
    JOIN friends ON friends.account_id = :account_id AND friends.line_user_id = latest.line_user_id
"""
# Links that the file says nothing of.
_OTHERS = """
    others AS MATERIALIZED (
        SELECT line_user_id, user_id FROM id_links AS stored
        WHERE account_id = :account_id
          AND NOT EXISTS (SELECT FROM {latest} AS latest WHERE latest.line_user_id = stored.line_user_id)
    )
"""
_SHARED = """
    shared AS MATERIALIZED (
        SELECT user_id FROM {latest} GROUP BY user_id HAVING count(*) > 1
        UNION
        SELECT latest.user_id FROM {latest} AS latest JOIN others USING (user_id)
    )
"""
_COUNT_SHARED = "WITH {others}, {shared} SELECT count(*) FROM shared"
# The worst first: how many LINE users have, or would have, each of them.
_NAME_SHARED = f"""
    WITH {{others}}, {{shared}}
    INSERT INTO id_link_shared_ids (run_id, user_id, line_users)
    SELECT :run_id, user_id, count(*) AS line_users
    FROM (SELECT user_id FROM {{latest}} UNION ALL SELECT user_id FROM others) AS one JOIN shared USING (user_id)
    GROUP BY user_id ORDER BY line_users DESC, user_id LIMIT {MOST_SHARED}
"""  # noqa: S608
# Of several rows with one user ID none is taken, since nothing says which is right; nor one whose user ID a person has
# who is not in the file.
_TAKEN = """
    WITH {others},
    taken AS (
        DELETE FROM {latest} AS latest
        USING (
            SELECT line_user_id,
                   count(*) OVER (PARTITION BY user_id) > 1
                   OR EXISTS (SELECT FROM others WHERE others.user_id = one.user_id) AS is_taken
            FROM {latest} AS one
        ) AS judged
        WHERE judged.is_taken AND judged.line_user_id = latest.line_user_id
        RETURNING latest.line_user_id, latest.user_id, latest.position
    )
    INSERT INTO id_link_faults (run_id, line, code, value)
    SELECT :run_id, taken.position + jump.line - jump.position, 'user_id_shared', line_user_id || ',' || user_id
    FROM taken
    CROSS JOIN LATERAL (
        SELECT line, position FROM {jumps} AS jump WHERE jump.position <= taken.position
        ORDER BY jump.position DESC LIMIT 1
    ) AS jump
"""


@dataclass(frozen=True)
class LinkDiff:
    """The result of an import in LINE users: each counts once, by its last row. `duplicates` are the earlier rows."""

    rows: int
    new: int
    changed: int
    unknown: int
    shared: int
    taken: int
    duplicates: int

    @property
    def counts(self) -> dict[str, int]:
        """Return the counts as a run stores them."""
        unchanged = self.rows - self.new - self.changed
        words = {"new": self.new, "changed": self.changed, "unchanged": unchanged, "duplicates": self.duplicates}
        return {**words, "unknown": self.unknown, "shared": self.shared, "invalid": self.taken}


def compare(lease: Lease) -> LinkDiff:
    """Find out in one transaction what is new and what differs; no link is changed yet."""
    with renewing_lease(lease):
        _prepare(lease)
        rows = _number(lease, "SELECT count(*) FROM {rows}")
        _run(lease, _LATEST)
        _run(lease, "ANALYZE {latest}")
        all_latest = _number(lease, "SELECT count(*) FROM {latest}")
        shared, taken = _number(lease, _COUNT_SHARED), 0
        if shared:
            _run(lease, _NAME_SHARED)
        if shared and not allows_shared(lease.run.subject_id):
            shared, taken = 0, _blame_taken(lease)
        found = _run(lease, _COUNT).one()
        unknown = found.latest - _number(lease, _FRIENDS)
    return LinkDiff(found.latest, found.new, found.changed, unknown, shared, taken, rows - all_latest)


def allows_shared(account_id: int) -> bool:
    """Return whether one user ID may belong to several LINE users of this account."""
    settings = db.session.get(IdLinkSettings, account_id)
    return settings is None or settings.allows_shared


def _blame_taken(lease: Lease) -> int:
    """Mark rows whose user ID is taken, until none is left: a refused row leaves its LINE user the stored user ID."""
    taken = 0
    while count := _run(lease, _TAKEN).rowcount:
        taken += count
    return taken


def _prepare(lease: Lease) -> None:
    tune_for_heavy_query(db.session.connection(), ends_with_client=True)
    _run(lease, "ANALYZE {rows}")
    if lease.run.counts.get("rows", 0) > MANY:
        db.session.execute(text("SET LOCAL enable_nestloop = off"))


def _number(lease: Lease, statement: str) -> int:
    return int(_run(lease, statement).scalar_one())


def _run(lease: Lease, statement: str) -> CursorResult[Any]:
    whole = statement.replace("{others}", _OTHERS).replace("{shared}", _SHARED)
    return staging.run(whole, int(lease.run.slot), account_id=lease.run.subject_id, run_id=lease.run.id)
