"""Find which friends records belong to, in sets.

A LINE user id decides, also against weaker links. An e-mail address or phone number counts where exactly one friend of
the account and one record have it, and both do not lead to different friends; then the ID link does, whose user ID is
the record's id or address. Addresses are compared without their case.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import text

from app.core.db import db

_IS_THE_ONLY_RECORD = """
    NOT EXISTS (SELECT FROM remote_records AS other WHERE other.match_keys @> ARRAY[keys.key]
                AND other.kind = 'contact' AND other.remote_id <> keys.remote_id)
"""
# A LINE user id takes the place of other links. Other records with a key are looked for once a friend has it, as
# few have: OFFSET 0 keeps that order.
_STAYS = "link.found_by IN ('line_user_id', 'manual', 'created')"
_FIND = text(f"""
    WITH covered AS MATERIALIZED (SELECT account_id FROM integration_accounts WHERE integration_id = :integration_id),
    keys AS MATERIALIZED (
        SELECT remote_id, key, split_part(key, ':', 2) AS way,
            substr(key, length(split_part(key, ':', 1)) + length(split_part(key, ':', 2)) + 3) AS value
        FROM remote_records CROSS JOIN unnest(match_keys) AS key
        WHERE integration_id = :integration_id AND kind = 'contact' AND remote_id = ANY(:remote_ids)
    ),
    by_line AS (
        SELECT remote_id, friends.account_id, friends.id AS friend_id, 1 AS rank, 'line_user_id' AS found_by
        FROM keys CROSS JOIN covered
        JOIN friends ON friends.account_id = covered.account_id AND friends.line_user_id = value
        WHERE way = 'line'
    ),
    by_address AS MATERIALIZED (
        SELECT remote_id, account_id, friend_id, rank, found_by FROM (
            SELECT remote_id, key, account_id, friend_id, CASE way WHEN 'email' THEN 2 ELSE 3 END AS rank,
                way AS found_by
            FROM keys CROSS JOIN covered CROSS JOIN LATERAL (
                SELECT min(id) AS friend_id FROM friends
                WHERE friends.account_id = covered.account_id AND email IS NOT NULL AND search_fold(email) = value
                  AND way = 'email'
                HAVING count(*) = 1
                UNION ALL
                SELECT min(id) FROM friends
                WHERE friends.account_id = covered.account_id AND phone_normal = value AND way = 'phone'
                HAVING count(*) = 1
            ) AS friend
            WHERE way IN ('email', 'phone') OFFSET 0
        ) AS keys WHERE {_IS_THE_ONLY_RECORD}
    ),
    by_id_link AS (
        SELECT remote_id, account_id, friend_id, 4, 'id_link' FROM (
            SELECT remote_id, key, friends.account_id, friends.id AS friend_id
            FROM (
                SELECT remote_id, key, id_links.account_id, line_user_id FROM keys CROSS JOIN covered
                JOIN id_links ON id_links.account_id = covered.account_id
                    AND search_fold(user_id) = value COLLATE "C" AND strpos(user_id, '@') > 0
                WHERE way = 'email'
                UNION ALL
                SELECT one, NULL, id_links.account_id, line_user_id
                FROM unnest(CAST(:remote_ids AS text[])) AS one CROSS JOIN covered
                JOIN id_links ON id_links.account_id = covered.account_id AND user_id = one COLLATE "C"
            ) AS known
            JOIN friends ON friends.account_id = known.account_id AND friends.line_user_id = known.line_user_id
            OFFSET 0
        ) AS keys WHERE key IS NULL OR {_IS_THE_ONLY_RECORD}
    ),
    found AS (
        SELECT * FROM by_line
        UNION ALL
        SELECT by_address.* FROM by_address WHERE NOT EXISTS (
            SELECT FROM by_address AS other WHERE other.remote_id = by_address.remote_id
            AND other.account_id = by_address.account_id AND other.friend_id <> by_address.friend_id)
        UNION ALL
        SELECT * FROM by_id_link
    ),
    free AS (
        SELECT * FROM found
        WHERE NOT EXISTS (
            SELECT FROM remote_unlinks AS apart WHERE apart.integration_id = :integration_id
            AND apart.friend_id = found.friend_id AND apart.remote_id = found.remote_id AND NOT apart.is_gone)
          AND NOT EXISTS (
            SELECT FROM remote_links AS link WHERE link.integration_id = :integration_id
            AND link.friend_id = found.friend_id AND (rank > 1 OR {_STAYS} OR link.remote_id = found.remote_id))
          AND NOT EXISTS (
            SELECT FROM remote_links AS link WHERE link.integration_id = :integration_id
            AND link.remote_id = found.remote_id AND link.account_id = found.account_id
            AND (rank > 1 OR {_STAYS} OR link.friend_id = found.friend_id))
    ),
    of_friends AS (
        SELECT DISTINCT ON (friend_id) * FROM free ORDER BY friend_id, rank, length(remote_id), remote_id
    )
    SELECT DISTINCT ON (account_id, remote_id) remote_id, account_id, friend_id, found_by
    FROM of_friends ORDER BY account_id, remote_id, rank, friend_id
""")  # noqa: S608
# User IDs of ID links have a collation of their own, in which the indexes of records do not serve.
_RECORDS_OF = text("""
    WITH person AS MATERIALIZED (
        SELECT line_user_id, email, phone_normal,
            (SELECT user_id FROM id_links WHERE id_links.account_id = friends.account_id
             AND id_links.line_user_id = friends.line_user_id) AS user_id
        FROM friends WHERE id = ANY(:friend_ids)
    ),
    keys AS MATERIALIZED (
        SELECT DISTINCT key COLLATE "default" AS key FROM person CROSS JOIN LATERAL unnest(ARRAY[
            :prefix || 'line:' || line_user_id, :prefix || 'email:' || search_fold(email),
            :prefix || 'phone:' || phone_normal, :prefix || 'email:' || search_fold(user_id)]) AS key
        WHERE key IS NOT NULL
    )
    SELECT remote_id FROM keys JOIN remote_records ON match_keys @> ARRAY[key] WHERE kind = 'contact'
    UNION
    SELECT remote_id FROM person JOIN remote_records
        ON integration_id = :integration_id AND kind = 'contact' AND remote_id = user_id COLLATE "default"
""")


class RecordMatch(NamedTuple):
    """A record and the friend of the same person in one account; `found_by` says how they were found."""

    remote_id: str
    account_id: int
    friend_id: int
    found_by: str


def find_friends(integration_id: int, remote_ids: Collection[str]) -> list[RecordMatch]:
    """Return the links to be made for these contacts: at most one friend of each account for a contact."""
    rows = db.session.execute(_FIND, {"integration_id": integration_id, "remote_ids": list(remote_ids)})
    return [RecordMatch(*row) for row in rows]


def records_of_friends(integration_id: int, friend_ids: Collection[int]) -> Sequence[str]:
    """Return ids of contacts that share a LINE user id, an address, a number or an ID link with these friends."""
    about = {"integration_id": integration_id, "prefix": f"{integration_id}:", "friend_ids": list(friend_ids)}
    return db.session.scalars(_RECORDS_OF, about).all()
