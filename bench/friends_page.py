"""The friends list over HTTP beside the hand-written SQL of the same page, from ten thousand friends to a million.

The reference is 2 × SQL + 20 ms: a page may cost twice its data and twenty milliseconds of making HTML. A search is
written in two ways, through the search index and without it, and the faster one counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from app.core.collector import settle_collector
from app.core.db import db
from app.core.pages import encode_key
from app.core.secrets import new_token
from app.friends.models import GRAMS
from app.line.models import Account
from app.team.models import Member, MemberState, Role, Workspace
from app.team.operations.sign_in import RequestOrigin, start
from app.team.sign_in import cookie_of
from bench._population import populate
from bench.harness import Result, alternate, installation, milliseconds

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 25
ALLOWANCE_MS = 20

COLUMNS = """
    id, line_user_id, display_name, picture_url, follow_status, followed_at, first_name, last_name, links,
    ARRAY(SELECT ROW(tags.id, tags.name) FROM friend_tags JOIN tags ON tags.id = tag_id
          WHERE friend_id = friends.id ORDER BY tags.name) AS tags
"""
ADDED_SQL = "COALESCE(followed_at, '-infinity'::timestamptz)"


@dataclass(frozen=True)
class Case:
    """One page: what the address asks for, and the conditions that a developer would write for it by hand."""

    name: str
    query: str
    wheres: tuple[str, ...]


def run() -> list[Result]:
    """Measure every page at every size."""
    return [result for size in SIZES for result in _measure(size)]


def _measure(size: int) -> list[Result]:
    with installation("friends_page") as place:
        with place.app.app_context():
            engine, (account_id, member) = db.engine, account_and_member()
        browser = signed_in(place.app, member)
        with engine.connect() as connection:
            tags = populate(connection, account_id, size)
            cases = list(_cases(connection, account_id, tags, size))
            return [_result(browser, connection, account_id, case, size) for case in cases]


def account_and_member() -> tuple[int, str]:
    """Store a connected account, and return the session of an administrator who looks at it."""
    account = Account(webhook_key=new_token(), bot_user_id="U" + "0" * 32, basic_id="@bench", name="Bench")
    role, state = Role.ADMINISTRATOR, MemberState.ACTIVE
    member = Member(name="Bench", email="bench@example.com", role=role, state=state)
    db.session.add_all([Workspace(), account, member])
    db.session.commit()
    session, token = start(member, RequestOrigin())
    db.session.commit()
    found = account.id, cookie_of(session, token)
    # What fills the tables takes longer than a transaction may stand still.
    db.session.rollback()
    return found


def signed_in(app: Flask, member: str) -> FlaskClient:
    """Return the browser in which this session is open, in a process that is set as those of the web server are."""
    settle_collector()
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = member
    return browser


def _cases(connection: Connection, account_id: int, tags: list[int], size: int) -> Iterator[Case]:
    added, friend_id = middle(connection, account_id, size)
    after = quote(encode_key(added.isoformat(), friend_id))
    yield Case("first", "", ("true",))
    yield Case("deep", f"?after={after}", (f"({ADDED_SQL}, id) < ('{added.isoformat()}'::timestamptz, {friend_id})",))
    for name, word in (("common", "gmail"), ("name", "田中"), ("rare", "kaito.777"), ("none", "zzz")):
        yield Case(f"search_{name}", f"?search={quote(word)}", _search(word))
    for name, tag in (("common", tags[0]), ("middling", tags[6]), ("rare", tags[-1])):
        where = f"id IN (SELECT friend_id FROM friend_tags WHERE tag_id = {tag})"
        yield Case(f"tag_{name}", f"?tag={tag}", (where,))


def _search(word: str) -> tuple[str, str]:
    holds = f"search_text LIKE '%%{word}%%'"
    pairs = ", ".join(f"'{word[at : at + 2]}'" for at in range(len(word) - 1))
    return f"{holds} AND ({GRAMS}) @> ARRAY[{pairs}]", holds


def middle(connection: Connection, account_id: int, size: int) -> tuple[datetime, int]:
    found = connection.execute(
        text(
            "SELECT followed_at, id FROM friends WHERE account_id = :account_id AND followed_at IS NOT NULL"
            " ORDER BY followed_at DESC, id DESC OFFSET :offset LIMIT 1"
        ),
        {"account_id": account_id, "offset": size // 2},
    ).one()
    return found.followed_at, found.id


def _result(browser: FlaskClient, connection: Connection, account_id: int, case: Case, size: int) -> Result:
    address = f"/accounts/{account_id}/friends{case.query}"
    statements = [_statement(account_id, where) for where in case.wheres]

    def page() -> float:
        return milliseconds(lambda: expect(browser.get(address).status_code == 200))

    queries = [
        lambda sql=sql: milliseconds(lambda: connection.exec_driver_sql(sql).all())  # type: ignore[misc]
        for sql in statements
    ]
    for side in (page, *queries):
        side()
    ours, *references = alternate(page, *queries, rounds=ROUNDS)
    allowed = 2 * min(references) + ALLOWANCE_MS
    return Result(f"friends_page.{case.name}.{size}", ours, "ms", allowed, "lower", size)


def _statement(account_id: int, where: str) -> str:
    return (
        f"SELECT {COLUMNS} FROM friends WHERE account_id = {account_id} AND {where}"
        f" ORDER BY {ADDED_SQL} DESC, id DESC LIMIT 50"
    )


def expect(is_true: bool) -> None:
    if not is_true:
        raise AssertionError("The page did not answer.")
