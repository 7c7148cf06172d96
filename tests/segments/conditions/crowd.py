"""A crowd of friends at the edges of everything, and random definitions about them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from sqlalchemy import insert

from app.core.db import db
from app.core.values import phones
from app.friends.models import AttributeDefinition, Friend, FriendTag, Tag
from app.line.models import Account
from app.segments.conditions.days import MONTHS
from app.segments.conditions.operators import FUTURE, OPERATORS, ValueType
from tests.segments.conditions.evaluator import CHOICES, LINE_DATES, TEXTS, UNSEEN, Person

Conditions = list[st.SearchStrategy[dict[str, Any]]]
Definitions = st.SearchStrategy[dict[str, Any]]
STATUSES = ["following", "blocked", "stranger"]
LANGUAGES = ["ja", "en", "zh-TW", "ko"]
TEXT_POOL = [
    *[
        "タナカ",
        "ﾀﾅｶ",
        "たなか",
        "田中",
        "田中 花子",
        "ヴァイオレット",
        "ｳﾞｧｲｵﾚｯﾄ",
        "ヵヶ",
        "ガギグ",
        "ｶﾞｷﾞｸﾞ",
        "髙橋",
        "高橋",
    ],
    *[
        "いすゞ",
        "イスズ",
        "佐々木",
        "佐佐木",
        "渡邉",
        "渡辺",
        "ヱビス",
        "エビス",
        "か\u309b",
        "が",
        "コ\u2212ヒ\uff0d",
        "コーヒー",
    ],
    *["10\u301c20", "10\uff5e20", "O\u2019Brien", "a\u200bb", "\u2615\ufe0f", "\u2615", "\u200fab", "𠮷野", "吉野"],
    *[
        "Hanako",
        "HANAKO",
        "ｈａｎａｋｏ",
        "Café",
        "CAFE\u0301",
        "straße",
        "ﬁn",
        "①番",
        "㍿ひかり",
        "株式会社ひかり",
        "Å",
    ],
    *["100%", "100", "a_b", "aXb", "back\\slash", "O'Brien", '"quoted"', ":name", "$1", "%s", "%(x)s", "--", "a\nb"],
    *[
        "🌸",
        "👩‍👩‍👧",
        "✨Yuki✨",
        " ",
        "\u3000",
        "x y",
        "x  y",
        "a",
        "あ",
        "%",
        "_",
        "\\",
        "null",
        "5",
        "true",
        "true story",
    ],
    *["hanako@example.jp", "HANAKO+x@EXAMPLE.jp", "090-1234-5678", "０９０−１２３４", "+81 90 1234 5678", "\x01a\x01b"],
]
PHONES = [
    "090-1234-5678",
    "０９０−１２３４−５６７８",
    "+81 90 1234 5678",
    "+81 (0)90-1234-5678",
    "03-1234-5678",
    "12345",
    "0312",
]
PARTS_OF_PHONES = [*PHONES, "0312", "090", "+81 90", "81", "5678", "1234-5", "0", "3(1234)", "9012345678"]
# Pieces from which new texts are put together; no letter whose lower case depends on its neighbours or the language.
LETTERS = "aAzZ éÉ カかｶガがｶﾞ田髙🌸％%_\\'\"-①0０ー"
NUMBERS = [0, 1, -1, 5, 5.0, 0.1, 0.1 + 0.2, 1.5, -2.25, 10**15, -(10**15), 1e-9, 30, 100]
# The second is in the morning that has no hour 2 in New York, the third in the one that has hour 1 twice.
DAYS = ["2026-02-28", "2026-03-08", "2026-11-01", "2026-04-24", "2026-01-01", "2025-12-31", "2024-02-29", "1900-01-01"]
OUTERMOST = ["0001-01-01", "9999-12-31"]
KINDS = {"size": "text", "points": "number", "birthday": "date", "member": "yes_no"}
GARBAGE = ["", "yes", "true", "12", "2026-13-45x", "20260424", "2026-04-24T10:00", "日付", 20260424, 0, 1, 1.5, 1e300]
GARBAGE += [True, False, None, [], [1, "a"], {}, {"a": None}]
OWN = {
    "size": TEXT_POOL,
    "points": NUMBERS,
    "birthday": [*DAYS, *OUTERMOST],
    "member": [True, False],
}


def people(zone: ZoneInfo, today: date, tags: Sequence[int], size: int, seed: str) -> list[Person]:
    """So many people; everything about each is drawn by itself, and often unknown."""
    draw = random.Random(seed)
    moments = list(_moments(zone, today))

    def maybe(values: Sequence[Any], share: float = 0.75) -> Any:
        return draw.choice(values) if draw.random() < share else None

    def one() -> Person:
        columns = {
            **{name.removeprefix("line."): maybe([*TEXT_POOL, ""]) for name in sorted(TEXTS)},
            **{name.removeprefix("line."): maybe(moments) for name in sorted(LINE_DATES)},
            "phone": maybe([*PHONES, *TEXT_POOL, ""]),
            "follow_status": draw.choice(STATUSES),
            "language": maybe(LANGUAGES),
        }
        attributes = {key: draw.choice(OWN[key] if draw.random() < 0.7 else GARBAGE) for key in KINDS}
        kept = {key: value for key, value in attributes.items() if draw.random() < 0.75}
        return Person(columns, kept, frozenset(tag for tag in tags if draw.random() < 0.3))

    return [one() for _ in range(size)]


def _moments(zone: ZoneInfo, today: date) -> list[datetime]:
    """The last microsecond before a day, its first, and one in the middle; of days near today and at changed clocks."""
    near = [today + timedelta(days=days) for days in (-400, -31, -30, -29, -8, -7, -6, -1, 0, 1, 2)]
    found = []
    for day in [*near, *map(date.fromisoformat, DAYS)]:
        begin = datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
        found += [begin - timedelta(microseconds=1), begin, begin + timedelta(hours=12)]
    return found


def store(account: Account, persons: Sequence[Person]) -> dict[int, Person]:
    """Store them; returns each by its id."""
    rows = [
        {
            "account_id": account.id,
            "line_user_id": f"U{number:032x}",
            "origin": "import",
            "attributes": dict(person.attributes),
            **person.columns,
            "phone_normal": phones.normal(person.columns["phone"]) if person.columns["phone"] else None,
        }
        for number, person in enumerate(persons)
    ]
    ids = db.session.scalars(insert(Friend).returning(Friend.id, sort_by_parameter_order=True), rows).all()
    by_id = dict(zip(ids, persons, strict=True))
    carried = [{"tag_id": tag, "friend_id": friend_id} for friend_id, one in by_id.items() for tag in one.tags]
    if carried:
        db.session.execute(insert(FriendTag), carried)
    db.session.commit()
    return by_id


def define(account: Account, deleted: Mapping[str, Any]) -> None:
    """The custom attributes, and one that is deleted."""
    for key, kind in KINDS.items():
        db.session.add(AttributeDefinition(account_id=account.id, key=key, label=key.title(), kind=kind))
    db.session.add(AttributeDefinition(account_id=account.id, key="gone", label="Gone", **deleted))
    db.session.commit()


def make_tags(account: Account, number: int, **values: Any) -> list[int]:
    """Stored tags."""
    rows = [Tag(account_id=account.id, name=f"Tag {values} {at}", **values) for at in range(number)]
    db.session.add_all(rows)
    db.session.commit()
    return [row.id for row in rows]


def definitions(conditions: Conditions) -> Definitions:
    """One to four groups of one to four conditions, and now and then up to two that leave friends out."""
    group = st.lists(st.one_of(conditions), min_size=1, max_size=4).map(lambda found: {"conditions": found})
    left_out = st.lists(st.one_of(conditions), min_size=1, max_size=2).map(_leaves_out)
    wanted, exclusions = st.lists(group, min_size=1, max_size=4), st.lists(left_out, max_size=2)
    return st.tuples(wanted, exclusions).map(lambda found: {"version": 2, "groups": [*found[0], *found[1]]})


def _leaves_out(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"conditions": conditions, "excludes": True}


def sweeps(conditions: Conditions) -> Definitions:
    """A condition with every operator of every property at once, in groups of sixteen, since twenty is the most."""
    return st.tuples(*conditions).map(
        lambda found: {
            "version": 1,
            "groups": [{"conditions": list(found[at : at + 16])} for at in range(0, len(found), 16)],
        }
    )


def values_by_form(today: date) -> dict[str, st.SearchStrategy[list[Any]]]:
    """Random values for what operators take."""
    words = st.one_of(st.sampled_from(TEXT_POOL), st.text(LETTERS, min_size=1, max_size=3), _pieces())
    numbers = st.sampled_from(NUMBERS) | st.sampled_from(NUMBERS) | st.integers(-100, 100)
    days = st.sampled_from([*DAYS, *OUTERMOST]) | st.dates(today - timedelta(40), today + timedelta(3)).map(str)
    return {
        "nothing": st.just([]),
        "text": some(words.filter(lambda word: bool(UNSEEN.sub("", word).strip()))),
        "number": some(numbers),
        "two_numbers": st.lists(numbers, min_size=2, max_size=2).map(sorted),
        "date": days.map(lambda one: [one]),
        "two_dates": st.lists(days, min_size=2, max_size=2).map(sorted),
        "days": st.sampled_from([0, 1, 6, 7, 8, 29, 30, 31, 36500]).map(lambda one: [one]),
        "months": st.lists(st.sampled_from(MONTHS), min_size=1, max_size=4, unique=True),
    }


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """One value, and now and then several, of which one is enough."""
    return values.map(lambda one: [one]) | st.lists(values, min_size=1, max_size=2, unique=True)


def conditions(today: date, tags: Sequence[int], deleted: Sequence[int]) -> Conditions:
    """For every operator of every property random values, now and then one that was deleted."""
    values = values_by_form(today)
    live, gone = st.sampled_from(tags), st.sampled_from([*tags, *deleted])
    chosen = st.lists(live, min_size=1, max_size=len(tags), unique=True)
    choices = {
        "tag": chosen | chosen | st.lists(gone, min_size=1, max_size=2, unique=True),
        "line.follow_status": st.lists(st.sampled_from(STATUSES), min_size=1, max_size=3, unique=True),
        "line.language": st.lists(st.sampled_from([*LANGUAGES, "fr"]), min_size=1, max_size=3, unique=True),
    }
    types = {
        **dict.fromkeys(sorted({*TEXTS, "phone"}), ValueType.TEXT),
        **dict.fromkeys(sorted(LINE_DATES), ValueType.DATE),
        **dict.fromkeys(sorted(CHOICES), ValueType.CHOICE),
        "tag": ValueType.SET,
        **{f"attributes.{key}": ValueType(kind) for key, kind in {**KINDS, "gone": "text"}.items()},
    }
    parts = some(st.sampled_from(PARTS_OF_PHONES))
    values_of = {"phone": {**values, "text": parts}}
    return [
        (choices[name] if one.takes == "choices" else values_of.get(name, values)[one.takes]).map(
            partial(condition, name, one.name)
        )
        for name, kind in types.items()
        for one in OPERATORS[kind].values()
        if name != "line.follow_status" or one.takes == "choices"
        if name not in LINE_DATES or one.name not in FUTURE
    ]


def condition(name: str, operator: str, given: list[Any]) -> dict[str, Any]:
    """As it is stored."""
    return {"property": name, "operator": operator, "values": given}


def _pieces() -> st.SearchStrategy[str]:
    """Part of a text that someone has."""
    return st.sampled_from(TEXT_POOL).flatmap(
        lambda word: st.tuples(st.integers(0, len(word) - 1), st.integers(1, len(word))).map(
            lambda cut: word[min(cut) : max(cut) + (cut[0] == cut[1])] or word
        )
    )
