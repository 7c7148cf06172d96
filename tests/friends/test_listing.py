"""The friends list finds, sorts and pages as its reader expects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.pages import encode_key
from app.friends.filters import ALL, FriendFilter, from_dict, from_text
from app.friends.models import Friend
from app.friends.queries import listing, page_planner
from app.friends.queries.listing import Total, count_friends, friends_page, tags_of
from app.friends.queries.orders import ORDERS
from app.line.models import Account
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.friends.conftest import allow_seconds

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def names(place: Account, search: str = "", order: str = "name", **wanted: object) -> list[str | None]:
    page = friends_page(place.id, FriendFilter(search=search, **wanted), ORDERS[order])  # type: ignore[arg-type]
    return [row.display_name for row in page.rows]


@pytest.fixture
def crowd(place: Account) -> list[Friend]:
    """Friends with equal times, unknown times, equal names and no names."""
    times = [START, START, None, START + timedelta(microseconds=1), None, START - timedelta(days=1), START]
    called = ["b", None, "A", "a", "Ｂ", None, "さ"]
    status = ["following", "blocked", "following", "stranger", "following", "following", "blocked"]
    return [
        friend(place, display_name=name, followed_at=at, last_activity_at=at, follow_status=state)
        for name, at, state in zip(called, times, status, strict=True)
    ]


@pytest.mark.parametrize("order", list(ORDERS))
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("wanted", [FriendFilter(), FriendFilter(statuses=("following", "blocked"))])
def test_paging_forth_and_back_shows_everyone_once(
    place: Account, crowd: list[Friend], order: str, size: int, wanted: FriendFilter
) -> None:
    whole = [row.id for row in friends_page(place.id, wanted, ORDERS[order]).rows]
    seen, keys, after = [], [], None
    while True:
        page = friends_page(place.id, wanted, ORDERS[order], after=after, size=size)
        seen += [row.id for row in page.rows]
        keys.append(page)
        if page.next is None:
            break
        after = page.next
    assert seen == whole
    assert len(whole) == (7 if wanted.is_empty else 6)

    back = keys[-1]
    for expected in reversed(keys[:-1]):
        back = friends_page(place.id, wanted, ORDERS[order], before=back.previous, size=size)
        assert [row.id for row in back.rows] == [row.id for row in expected.rows]
        assert back.next is not None
    assert back.previous is None


def test_orders(place: Account, crowd: list[Friend]) -> None:
    def order_of(name: str) -> list[int]:
        return [crowd.index(row) for row in friends_page(place.id, FriendFilter(), ORDERS[name]).rows]

    assert order_of("newest") == [3, 6, 1, 0, 5, 4, 2]
    assert order_of("oldest") == [2, 4, 5, 0, 1, 6, 3]
    assert order_of("active") == [3, 6, 1, 0, 5, 4, 2]
    assert order_of("name") == [1, 5, 2, 3, 0, 4, 6]


@pytest.mark.parametrize("key", ["!", "e30", encode_key("yesterday", 1), encode_key(None, "x"), encode_key(1), "é" * 5])
def test_an_invented_key_is_refused(place: Account, key: str) -> None:
    with pytest.raises(InvalidInput):
        friends_page(place.id, FriendFilter(), ORDERS["newest"], after=key)


@pytest.fixture
def known(place: Account) -> Friend:
    """Someone with every searchable field."""
    friend(place, display_name="Someone Else", line_user_id="U" + "f" * 32)
    return friend(
        place,
        line_user_id="U0123456789abcdef0123456789abcdef",
        display_name="サクラ🌸Miki",
        first_name="美樹",
        last_name="田中",
        email="Miki.T@Example.jp",
        phone="090-1234-5678",
        company="株式会社ひかり",
    )


@pytest.mark.parametrize(
    "search",
    [
        "サク",
        "さくら",
        "ｻｸﾗ",
        "ラ🌸",
        "miki",
        "ＭＩＫＩ",
        "田中",
        "田中美樹",
        "美樹 田中",
        "田中　美樹",
        "中美",
        "miki.t@",
        "example.jp",
        "090-1234",
        "0901234",
        "34-56",
        "345678",
        "株式会社",
        "ひか",
        "U0123456789abcdef0123456789abcdef",
        "u0123456789",
        "U01234567",
        "6789abcdef0",
        "9abcdef",
        "さ",
        "サ",
        "中 美樹",
        "miki 田",
        "+81 90-1234-5678",
        "+81 (0)90 1234 5678",
        "0９0–１２３４",
        "090 1234 5678",
        "(090)1234",
        "8190123",
        "\u200e090ー1234\u200b",
        "090・1234・5678",
        "０９０･１２３４",
        "さ\u200bくら",
    ],
)
def test_what_finds_someone(place: Account, known: Friend, search: str) -> None:
    assert names(place, search) == ["サクラ🌸Miki"]
    assert count_friends(place.id, FriendFilter(search=search)) == Total(1)


@pytest.mark.parametrize(
    "search", ["美田", "樹美", "ラ田", "jp090", "xyz", "中", "%", "__", "田_", "田%", "\\", "0909", "miki else"]
)
def test_what_finds_no_one(place: Account, known: Friend, search: str) -> None:
    assert names(place, search) == []
    assert count_friends(place.id, FriendFilter(search=search)) == Total(0)


@pytest.mark.parametrize(
    ("stored", "search"),
    [
        ("髙橋", "高橋"),
        ("高橋", "髙橋"),
        ("渡邉", "渡辺"),
        ("渡邊", "渡辺"),
        ("山﨑", "山崎"),
        ("𠮷野家", "吉野家"),
        ("葛\U000e0100城", "葛城"),
        ("いすゞ", "イスズ"),
        ("みすゝ", "みすす"),
        ("佐々木", "佐佐木"),
        ("ヱビス", "えびす"),
        ("か\u309bき", "がき"),
        ("コーヒー", "コ\u2212ヒ\uff0d"),
        ("コ\u2015ヒ\u2010", "ｺｰﾋｰ"),
        ("10\u301c20", "10\uff5e20"),
        ("O\u2019Brien", "o'brien"),
        ("☕\ufe0f店", "☕店"),
        ("\u202bשלום\u202c", "שלום"),
        ("ab\u00adcd", "abcd"),
        ("茅ヶ崎", "茅ケ崎"),
        ("齋藤", "斎藤"),
    ],
)
def test_what_looks_the_same_is_found(place: Account, stored: str, search: str) -> None:
    friend(place, display_name=stored)
    friend(place, display_name="Other")
    assert names(place, search) == [stored]


def test_names_that_are_two_stay_two(place: Account) -> None:
    friend(place, display_name="斎藤")
    assert names(place, "斉藤") == []


@pytest.mark.parametrize("search", ["例え.jp", "taro..y@例え.jp", "xn--r8jz45g", "TARO..Y@XN--R8JZ45G.jp", "taro..y"])
def test_an_address_is_found_however_its_domain_is_written(place: Account, search: str) -> None:
    friend(place, display_name="Taro", email="taro..y@例え.jp")
    friend(place, display_name="Other", email="taro@example.jp")
    assert names(place, search) == ["Taro"]


def test_signs_with_a_meaning_in_sql_are_ordinary_characters(place: Account) -> None:
    friend(place, display_name="100%_sure")
    friend(place, display_name="100 sure")

    assert names(place, "0%_s") == ["100%_sure"]
    assert names(place, "%_") == ["100%_sure"]


@pytest.mark.parametrize(
    ("few", "many", "enough", "rare"), [(1, 2, 100, 0), (1, 2, 1, 0), (1, 100, 1, 0), (3, 4, 2, 0), (1, 2, 1, 1_500)]
)
def test_whichever_way_is_taken_the_same_are_found(
    place: Account, monkeypatch: pytest.MonkeyPatch, few: int, many: int, enough: int, rare: int
) -> None:
    for name, value in (("SOME", few), ("FEW", few), ("MANY", many), ("ENOUGH", enough), ("RARE", rare)):
        monkeypatch.setattr(page_planner, name, value)
    vip = tag(place)
    for number in range(5):
        friend(place, display_name=f"Crowd {number}")
    friend(place, (vip,), display_name="Needle", phone="03-1111-2222", line_user_id="U" + "abcdef01" * 4)

    for search in ("eedl", "needle", "03-1111", "0311112222", "f01abcdef01", "n"):
        assert names(place, search) == ["Needle"], search
    assert names(place, tag_ids=(vip.id,)) == ["Needle"]
    assert names(place, "rowd", order="oldest") == [f"Crowd {number}" for number in range(5)]


def test_friends_of_other_accounts_are_never_found(place: Account) -> None:
    friend(account(), display_name="Ana")

    assert names(place) == names(place, "ana") == []
    assert count_friends(place.id, FriendFilter()) == Total(0)


def test_filters_by_status_and_tag(place: Account) -> None:
    vip, shop = tag(place), tag(place)
    friend(place, (vip,), display_name="v", follow_status="blocked")
    friend(place, (vip, shop), display_name="vs")
    friend(place, (shop,), display_name="s")
    friend(place, display_name="-", follow_status="stranger")
    both = (vip.id, shop.id)

    assert names(place, statuses=("following",)) == ["s", "vs"]
    assert names(place, statuses=("following", "stranger")) == ["-", "s", "vs"]
    assert names(place, tag_ids=(vip.id,)) == ["v", "vs"]
    assert names(place, tag_ids=both) == ["s", "v", "vs"]
    assert names(place, tag_ids=both, match=ALL) == ["vs"]
    assert names(place, tag_ids=both, statuses=("blocked",)) == ["v"]
    assert names(place, "v", tag_ids=both, match=ALL) == ["vs"]
    assert count_friends(place.id, FriendFilter(tag_ids=both, match=ALL)) == Total(1)


def test_tags_of_a_page_without_those_being_deleted(place: Account) -> None:
    one, two, gone = tag(place, "b"), tag(place, "a"), tag(place, "c")
    gone.deleted_at = START
    row, bare = friend(place, (one, two, gone)), friend(place)

    found = tags_of([row.id, bare.id])
    assert [each.name for each in found[row.id]] == ["a", "b"]
    assert bare.id not in found


def test_a_total_that_takes_too_long_says_so(place: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        friend(place)
    monkeypatch.setattr(listing, "COUNT_AT_LEAST", 2)
    allow_seconds(monkeypatch, 0, 10)
    assert count_friends(place.id, FriendFilter()) == Total(2, is_exact=False)

    allow_seconds(monkeypatch, 0, 0)
    assert count_friends(place.id, FriendFilter()) == Total(listing.PAGE_SIZE, is_exact=False)


def test_the_time_limit_of_a_total_ends_with_it(place: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy import func, select

    row = friend(place)
    monkeypatch.setattr(listing, "COUNT_SECONDS", 0.05)
    row.first_name = "kept"
    db.session.flush()

    assert listing._in_time(select(func.pg_sleep(5))) is None
    assert db.session.scalar(select(func.current_setting("statement_timeout"))) == "0"
    assert db.session.scalar(select(Friend.first_name)) == "kept"


def test_a_filter_survives_the_address_and_the_run() -> None:
    wanted = from_text("  田中 \x00 太郎 ", ["following"], ["3", "1", "3"], ALL)

    assert wanted == FriendFilter("田中 太郎", ("following",), (1, 3), ALL)
    assert from_dict(wanted.as_dict()) == wanted
    assert wanted.as_args() == {"search": "田中 太郎", "status": ["following"], "tag": "1.3", "match": "all"}
    assert FriendFilter().as_args() == {}
    assert FriendFilter().is_empty


@pytest.mark.parametrize(
    "args",
    [{"statuses": ["gone"]}, {"tag_ids": ["x"]}, {"tag_ids": ["-1"]}, {"match": "none"}, {"tag_ids": ["9" * 30]}],
)
def test_a_made_up_filter_is_refused(args: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        from_text(**args)  # type: ignore[arg-type]
