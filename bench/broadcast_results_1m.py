"""The results page of a broadcast to a million people, and the lists of its people, beside hand-written SQL.

The reference is 2 × SQL + 20 ms, as with the friends list. `BENCH_RESULTS=20000` makes fewer friends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from app.core.db import db
from bench._population import populate
from bench.friends_page import ALLOWANCE_MS, account_and_member, signed_in
from bench.harness import Result, alternate, installation, milliseconds

FRIENDS, ROUNDS = 1_000_000, 7
# Of a hundred people: how many clicked, wrote and blocked afterwards; one in a thousand had blocked before.
_STORE = (
    """INSERT INTO broadcasts (account_id, name, state, audience, content, started_at, finished_at, counts)
       VALUES (:account_id, 'Spring', 'sent', '{"kind": "all"}', '{"messages": []}', now() - interval '1 day',
               now() - interval '23 hours', '{}')""",
    """INSERT INTO broadcast_recipients (broadcast_id, position, chunk, friend_id, line_user_id)
       SELECT broadcasts.id, number, (number - 1) / 500 + 1, found.id, line_user_id
       FROM broadcasts, (SELECT id, line_user_id, row_number() OVER (ORDER BY id) AS number FROM friends
                         WHERE account_id = :account_id AND follow_status = 'following') AS found""",
    """INSERT INTO broadcast_chunks (broadcast_id, number, first, last, retry_key, state, settled_at)
       SELECT broadcast_id, chunk, min(position), max(position), gen_random_uuid(), 'sent',
              now() - interval '1 day' + chunk * interval '1 second'
       FROM broadcast_recipients GROUP BY broadcast_id, chunk""",
    """UPDATE broadcasts SET counts = jsonb_build_object('sent', (SELECT count(*) FROM broadcast_recipients))""",
    """INSERT INTO tracked_sends (account_id, cause_kind, cause_id)
       SELECT account_id, 'broadcast', id FROM broadcasts""",
    "UPDATE broadcasts SET tracked_send_id = (SELECT id FROM tracked_sends)",
    """INSERT INTO tracked_links (code, send_id, friend_id, kind, place, target)
       SELECT 'c' || position || '-' || place, tracked_sends.id, friend_id, 'link', 'messages[0].text[' || place || ']',
              'https://shop.example.com/' || place
       FROM tracked_sends, broadcast_recipients, generate_series(0, 1) AS place""",
    """INSERT INTO link_fetches (link_id, friend_id, fetched_at, client, state)
       SELECT id, friend_id, now() - interval '1 day' + (id % 250000) * interval '1 second', '', 'counted'
       FROM tracked_links WHERE abs(hashint8(id)) % 100 < 20""",
    """INSERT INTO activities (account_id, friend_id, kind, occurred_at, data)
       SELECT :account_id, friend_id, kind, now() - interval '10 hours', '{}'
       FROM broadcast_recipients, (VALUES ('message', 5), ('blocked', 1)) AS event (kind, share)
       WHERE abs(hashint8(position * 7 + share)) % 100 < share""",
    """INSERT INTO activities (account_id, friend_id, kind, occurred_at, data)
       SELECT :account_id, friend_id, 'blocked', now() - interval '30 hours', '{}'
       FROM broadcast_recipients WHERE position % 1000 = 0""",
)
_CLICKERS = """SELECT link_fetches.friend_id FROM link_fetches JOIN tracked_links ON tracked_links.id = link_id
               WHERE send_id = {send} AND link_fetches.state = 'counted' AND kind = 'link'"""
_EVENTS = """SELECT activities.friend_id FROM activities
             JOIN broadcast_recipients AS r ON r.broadcast_id = {broadcast} AND r.friend_id = activities.friend_id
             JOIN broadcast_chunks AS c ON c.broadcast_id = r.broadcast_id AND c.number = r.chunk
             JOIN broadcasts AS b ON b.id = r.broadcast_id
             WHERE activities.account_id = b.account_id AND activities.kind = '{kind}'
               AND coalesce(r.state, c.state) = 'sent' AND {when}"""
_AFTER = """occurred_at > c.settled_at AND occurred_at <= c.settled_at + interval '72 hours'
            AND occurred_at >= b.started_at AND occurred_at <= b.finished_at + interval '72 hours'"""
_BEFORE = "occurred_at <= c.settled_at AND occurred_at >= b.started_at - interval '1 day'"
_FETCHED = """SELECT place, min(target), count(*), count(DISTINCT link_fetches.friend_id) FROM link_fetches
              JOIN tracked_links ON tracked_links.id = link_id
              WHERE send_id = {send} AND link_fetches.state = 'counted' GROUP BY ROLLUP (place)"""
_HOURS = """SELECT date_trunc('hour', fetched_at), count(*) FROM link_fetches
            JOIN tracked_links ON tracked_links.id = link_id
            WHERE send_id = {send} AND link_fetches.state = 'counted' GROUP BY 1"""
_PAGE = """SELECT f.id, display_name, picture_url, first_name, last_name, c.state, c.settled_at, {at} AS at
           FROM friends AS f
           JOIN broadcast_recipients AS r ON r.broadcast_id = {broadcast} AND r.friend_id = f.id
           JOIN broadcast_chunks AS c ON c.broadcast_id = r.broadcast_id AND c.number = r.chunk
           WHERE f.account_id = {account} AND {where}
           ORDER BY COALESCE(f.followed_at, '-infinity'::timestamptz) DESC, f.id DESC LIMIT 50"""
_FIRST = "(SELECT min(fetched_at) FROM link_fetches WHERE friend_id = f.id)"


def run() -> list[Result]:
    """Measure the results page and lists of its people."""
    size = int(os.environ.get("BENCH_RESULTS", FRIENDS))
    with installation("broadcast_results") as place:
        with place.app.app_context():
            engine, (account_id, member) = db.engine, account_and_member()
        browser = signed_in(place.app, member)
        with engine.connect() as connection:
            populate(connection, account_id, size, shares=())
            ids = _store(connection, account_id)
            return [_result(browser, connection, case, size) for case in _cases(account_id, *ids)]


def _store(connection: Connection, account_id: int) -> tuple[int, int]:
    for statement in _STORE:
        connection.execute(text(statement), {"account_id": account_id})
    connection.commit()
    connection.execute(text("VACUUM ANALYZE"))
    found = connection.execute(text("SELECT id, tracked_send_id FROM broadcasts")).one()
    return found.id, found.tracked_send_id


def _cases(account_id: int, broadcast: int, send: int) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, address and the statements that a developer would write for it by hand."""
    base = f"/accounts/{account_id}/broadcasts/{broadcast}"
    clickers = _CLICKERS.format(send=send)
    replied, blocked, before = (
        _EVENTS.format(broadcast=broadcast, kind=kind, when=when)
        for kind, when in (("message", _AFTER), ("blocked", _AFTER), ("blocked", _BEFORE))
    )
    counts = [f"SELECT count(DISTINCT friend_id) FROM ({one}) AS found" for one in (clickers, replied, blocked, before)]
    yield "page", f"{base}/results", [_FETCHED.format(send=send), _HOURS.format(send=send), *counts]

    def listed(where: str, at: str = "NULL") -> list[str]:
        return [_PAGE.format(account=account_id, broadcast=broadcast, at=at, where=where)]

    yield "sent", f"{base}/people/sent", listed("coalesce(r.state, c.state) = 'sent'")
    yield "clicked", f"{base}/people/clicked", listed(f"f.id IN ({clickers})", _FIRST)
    yield (
        "clicked_search",
        f"{base}/people/clicked?search=gmail",
        listed(f"f.id IN ({clickers}) AND search_text LIKE '%%gmail%%'", _FIRST),
    )
    yield "clicked_count", f"{base}/people/clicked/count", [counts[0]]
    yield "replied", f"{base}/people/replied", listed(f"f.id IN ({replied})", "NULL")
    yield "blocked_before", f"{base}/people/blocked_before", listed(f"f.id IN ({before})", "NULL")
    yield (
        "delivered",
        f"{base}/people/delivered",
        listed(f"coalesce(r.state, c.state) = 'sent' AND f.id NOT IN ({before})"),
    )


def _result(browser: FlaskClient, connection: Connection, case: tuple[str, str, list[str]], size: int) -> Result:
    name, address, statements = case

    def page() -> float:
        return milliseconds(lambda: _expect(browser.get(address).status_code == 200))

    def by_hand() -> float:
        return milliseconds(lambda: [connection.exec_driver_sql(sql).all() for sql in statements])

    page()
    by_hand()
    ours, sql = alternate(page, by_hand, rounds=ROUNDS)
    return Result(f"broadcast_results_1m.{name}", ours, "ms", 2 * sql + ALLOWANCE_MS, "lower", size)


def _expect(is_true: bool) -> None:
    if not is_true:
        raise AssertionError("The page did not answer.")
