"""Answer fetches of short addresses: where they lead, and a row for each that may be a person's.

One statement does both for all fetches of the same moment, over a connection of its own: at a thousand a second every
layer is felt. Whether a fetch counts is found out later (`operations.judging`), so that the redirect waits for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import make_conninfo

from app.core.db import CONNECTING
from app.core.db.grouped import Grouped

# A person is led on after this, whatever holds the database up.
QUICKLY = {"connect_timeout": 2, "tcp_user_timeout": 2_000}
# What the last moment before a crash of the database stored of fetches may be lost; a crash of ours loses nothing.
_SESSION: LiteralString = (
    "SELECT set_config('statement_timeout', '1500', false), set_config('lock_timeout', '300', false),"
    " set_config('synchronous_commit', 'off', false)"
)
# The database takes no changes, or a friend among them is being deleted at this moment.
NOT_STORED = (
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.DiskFull,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
)
_ASKED: LiteralString = """
WITH asked AS (
    SELECT * FROM jsonb_to_recordset(%s::jsonb)
        AS asked (n int, code text, kind text, client text, may_count bool, is_in_line bool)
), found AS (
    SELECT n, link.id, link.friend_id, link.target, client, may_count,
        CASE WHEN is_in_line AND may_count AND link.friend_id IS NULL THEN (
            SELECT account.liff_id FROM tracked_sends send JOIN accounts account ON account.id = send.account_id
            WHERE send.id = link.send_id
        ) END AS liff_id,
"""
_FROM: LiteralString = " FROM asked JOIN tracked_links link USING (code, kind))"
_LEADS: LiteralString = " SELECT n, target, liff_id, fetch_id FROM found"
_NO_NUMBER: LiteralString = "NULL::bigint AS fetch_id"
_NUMBER: LiteralString = "CASE WHEN may_count THEN nextval('link_fetches_id_seq') END AS fetch_id"
_STORE: LiteralString = """
, stored AS (
    INSERT INTO link_fetches (id, link_id, friend_id, fetched_at, client, due_at)
    SELECT fetch_id, found.id, friends.id, clock_timestamp(), client, clock_timestamp() + interval '4 seconds'
    FROM found LEFT JOIN friends ON friends.id = found.friend_id
    WHERE may_count
)
"""
_FIND: LiteralString = _ASKED + _NO_NUMBER + _FROM + _LEADS
_FIND_AND_STORE: LiteralString = _ASKED + _NUMBER + _FROM + _STORE + _LEADS


@dataclass(frozen=True)
class Fetch:
    """A fetch of an address of this kind; `client` tells clients apart. `may_count`: it may be a person's.

    `is_in_line`: LINE's own browser asks, which can open LIFF apps.
    """

    code: str
    kind: str
    client: str
    may_count: bool
    is_in_line: bool = False


@dataclass(frozen=True)
class Lead:
    """Where an address leads. A fetch with a `liff_id` may be told whose it is, by way of that LIFF app."""

    target: str
    liff_id: str | None = None
    fetch_id: int | None = None


class FetchDesk:
    """One a process. `direct_url` leads to PostgreSQL itself, since settings are kept in its session."""

    def __init__(self, direct_url: str) -> None:
        address = "postgresql:" + direct_url.partition(":")[2]
        self._address = make_conninfo(address, **(CONNECTING | QUICKLY), application_name="tomoru-links")
        self._connection: psycopg.Connection[Any] | None = None
        self._group: Grouped[Fetch, Lead | None] = Grouped(self._answer)

    def lead(self, fetch: Fetch) -> Lead | None:
        """Return where the address leads, None for one that is unknown; raises psycopg.Error."""
        return self._group.ask(fetch)

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()

    def _answer(self, fetches: Sequence[Fetch]) -> list[Lead | None]:
        asked = json.dumps([{"n": number, **vars(one)} for number, one in enumerate(fetches)])
        try:
            rows = self._execute(asked)
        except psycopg.OperationalError:
            if self._connection is None or not self._connection.closed:
                raise
            # The connection had died unnoticed; a new one gets one chance.
            rows = self._execute(asked)
        found = {number: Lead(target, liff_id, fetch_id) for number, target, liff_id, fetch_id in rows}
        return [found.get(number) for number in range(len(fetches))]

    def _execute(self, asked: str) -> list[tuple[int, str, str | None, int | None]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._address, autocommit=True, prepare_threshold=1)
            self._connection.execute(_SESSION)
        try:
            return self._connection.execute(_FIND_AND_STORE, (asked,)).fetchall()
        except NOT_STORED:
            # People are led on whether the database takes changes or not; what they fetch is not counted then.
            return self._connection.execute(_FIND, (asked,)).fetchall()
