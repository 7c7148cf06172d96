"""Who is in a segment: pages, reasons, everyone one after the other."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core.db import cursor, db
from app.core.errors import InvalidInput
from app.friends.queries import page_planner
from app.line.models import Account
from app.segments.conditions.compiler import Compiled, compile_definition, compile_many
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.queries.members import explain, fitting_of, members_page, stream_friends
from tests.factories import line
from tests.factories.friends import friend, tag
from tests.factories.segments import FOLLOWING, condition, definition

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def shop(app: Any) -> Account:
    """A LINE Official Account."""
    return line.account()


def ask(account: Account, raw: Any) -> Compiled:
    return compile_definition(parse_definition(raw, catalogue(account.id)).definition)


def pages(asked: Compiled, size: int) -> list[list[int]]:
    """Forwards to the end, and the same pages again backwards."""
    page = members_page(asked, size=size)
    found = [page]
    while page.next:
        page = members_page(asked, after=page.next, size=size)
        found.append(page)
    assert found[0].previous is None
    for earlier in reversed(found[:-1]):
        page = members_page(asked, before=page.previous, size=size)
        assert [row.id for row in page.rows] == [row.id for row in earlier.rows]
        assert page.next == earlier.next
    return [[row.id for row in one.rows] for one in found]


def test_pages_hold_everyone_once_the_newest_first(shop: Account) -> None:
    same = [friend(shop, followed_at=BEGIN).id for _ in range(3)]
    newest = friend(shop, followed_at=BEGIN + timedelta(days=1)).id
    unknown = [friend(shop, followed_at=None).id for _ in range(2)]
    friend(shop, follow_status="blocked")
    friend(line.account())
    expected = [newest, *reversed(same), *reversed(unknown)]
    for size in (1, 2, 5, 6, 50):
        found = pages(ask(shop, FOLLOWING), size)
        assert [friend_id for page in found for friend_id in page] == expected
        assert all(len(page) == size for page in found[:-1])


def test_an_empty_page_and_an_invented_key(shop: Account) -> None:
    page = members_page(ask(shop, FOLLOWING))
    assert (page.rows, page.next, page.previous) == ([], None, None)
    for key in ("x", "W10", "=", "W251bGwsIG51bGxd"):
        with pytest.raises(InvalidInput):
            members_page(ask(shop, FOLLOWING), after=key)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("share", [1, 2, 9, 40])
def test_pages_are_the_same_on_every_way_there(
    shop: Account, monkeypatch: pytest.MonkeyPatch, groups: int, share: int
) -> None:
    """With ends of a few rows a crowd is walked through, given up on, and collected, whatever share of it fits."""
    monkeypatch.setattr(page_planner, "RARE", 0)
    monkeypatch.setattr(page_planner, "SOME", 4)
    monkeypatch.setattr(page_planner, "FEW", 4)
    monkeypatch.setattr(page_planner, "MANY", 12)
    monkeypatch.setattr(page_planner, "ENOUGH", 8)
    chosen = tag(shop)
    ids = [
        friend(shop, tags=(chosen,) if at % share == share // 2 else (), followed_at=BEGIN + timedelta(hours=at)).id
        for at in range(60)
    ]
    asked = ask(shop, definition(*[[condition("tag", "contains_any", chosen.id)]] * groups))
    expected = [friend_id for at, friend_id in enumerate(ids) if at % share == share // 2]
    assert [friend_id for page in pages(asked, 5) for friend_id in page] == expected[::-1]


@pytest.mark.parametrize("raw", [definition([]), definition(), {"version": 9, "groups": []}, None])
def test_no_conditions_at_all_list_no_one(shop: Account, raw: Any) -> None:
    friend(shop)
    asked = ask(shop, raw)
    assert members_page(asked).rows == []
    assert list(stream_friends(asked)) == []
    assert fitting_of([asked], friend(shop).id) == [False]


def test_reasons(shop: Account) -> None:
    chosen = tag(shop)
    raw = definition(
        [condition("tag", "contains_any", chosen.id), condition("email", "known")],
        [condition("line.follow_status", "any_of", "following")],
    )
    both = friend(shop, tags=(chosen,), email="a@example.jp")
    second = friend(shop, tags=(chosen,))
    neither = friend(shop, follow_status="blocked", email="b@example.jp")
    stranger = friend(line.account(), tags=(), email="c@example.jp")
    found = explain(ask(shop, raw), [both.id, second.id, neither.id, stranger.id, 0])
    assert {friend_id: (list(one.groups), one.fits, one.fitting) for friend_id, one in found.items()} == {
        both.id: ([[True, True], [True]], True, [0, 1]),
        second.id: ([[True, False], [True]], True, [1]),
        neither.id: ([[False, True], [False]], False, []),
    }
    assert explain(ask(shop, raw), []) == {}


def test_segments_of_a_friend(shop: Account) -> None:
    other = line.account()
    one, elsewhere = friend(shop, language="ja"), friend(other, language="ja")
    speaks = definition([condition("line.language", "any_of", "ja")])
    blocked = definition([condition("line.follow_status", "any_of", "blocked")])
    readings = [parse_definition(raw, catalogue(shop.id)).definition for raw in (speaks, blocked, speaks, None)]
    asked = compile_many(readings)
    assert fitting_of(asked, one.id) == [True, False, True, False]
    assert fitting_of(asked, elsewhere.id) == [False] * 4
    assert fitting_of(asked, 0) == [False] * 4
    assert fitting_of([], one.id) == []


def test_a_friend_may_be_asked_about_thousands_of_segments(shop: Account) -> None:
    one = friend(shop, display_name="Name 7")
    raws = [definition([condition("line.display_name", "equals", f"Name {at}")]) for at in range(2_000)]
    known = catalogue(shop.id)
    found = fitting_of(compile_many([parse_definition(raw, known).definition for raw in raws]), one.id)
    assert [at for at, fits in enumerate(found) if fits] == [7]


def test_everyone_with_their_line_ids(shop: Account) -> None:
    rows = [friend(shop) for _ in range(3)]
    friend(shop, follow_status="blocked")
    assert sorted(stream_friends(ask(shop, FOLLOWING))) == [(row.id, row.line_user_id) for row in rows]
    groups = [FOLLOWING["groups"][0]["conditions"]] * 2
    assert sorted(stream_friends(ask(shop, definition(*groups)))) == [(row.id, row.line_user_id) for row in rows]


def test_everyone_is_read_in_constant_memory(shop: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursor, "_FETCH", "FETCH FORWARD 200 FROM streamed")
    asked = ask(shop, FOLLOWING)
    peaks = []
    for more in (1_000, 9_000):
        crowd(shop, more)
        sum(1 for _ in stream_friends(asked))
        peaks.append(peak(lambda: sum(1 for _ in stream_friends(asked))))
    assert sum(1 for _ in stream_friends(asked)) == 10_000
    assert peaks[1] < 1.5 * peaks[0]
    assert peak(lambda: len(list(stream_friends(asked)))) > 2 * peaks[1]


def peak(action: Callable[[], object]) -> int:
    tracemalloc.start()
    action()
    _, found = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found


def crowd(account: Account, number: int) -> None:
    insert = text("""
        INSERT INTO friends (account_id, line_user_id, origin)
        SELECT :id, 'U' || md5(:number || 'x' || n), 'import' FROM generate_series(1, :number) AS n
    """)
    db.session.execute(insert, {"id": account.id, "number": number})
    db.session.commit()


def test_anyone_who_stops_reading_gives_the_connection_back(shop: Account) -> None:
    for _ in range(3):
        friend(shop)
    reader = stream_friends(ask(shop, FOLLOWING))
    before = db.engine.pool.checkedout()  # type: ignore[attr-defined]
    next(reader)
    assert db.engine.pool.checkedout() == before + 1  # type: ignore[attr-defined]
    reader.close()  # type: ignore[attr-defined]
    assert db.engine.pool.checkedout() == before  # type: ignore[attr-defined]
