"""Definitions of one to five groups, some of which leave friends out, and for each condition its hand-written SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any

from sqlalchemy import Connection

from app.core.db import db
from app.core.i18n import today
from app.core.secrets import new_token
from app.friends.models import GRAMS, AttributeDefinition
from app.line.models import Account
from bench._population import TAG_SHARES, populate

SHARES = [*TAG_SHARES, *(0.002 for _ in range(200 - len(TAG_SHARES)))]
MORE = {
    "language": "CASE n % 20 WHEN 0 THEN 'en' WHEN 1 THEN 'zh-TW' WHEN 2 THEN NULL ELSE 'ja' END",
    "last_message_at": "CASE WHEN n % 3 = 0 THEN added + (n % 9000) * interval '5 minutes' END",
    "attributes": """jsonb_strip_nulls(jsonb_build_object(
        'size', CASE WHEN n % 4 = 0 THEN (ARRAY['S', 'M', 'L', 'XL'])[1 + n / 4 % 4] END,
        'points', CASE WHEN n % 2 = 0 THEN abs(hashint8(n + 5)) % 1000 END,
        'birthday', CASE WHEN n % 3 = 0
                         THEN to_char(date '1960-01-01' + abs(hashint8(n + 6)) % 16000, 'YYYY-MM-DD') END,
        'member', CASE WHEN n % 5 < 2 THEN n % 5 = 0 END))""",
}
KINDS = {"size": "text", "points": "number", "birthday": "date", "member": "yes_no"}
_ADDED = "COALESCE(followed_at, '-infinity'::timestamptz)"
_NUMBERS = """
    SELECT count(*), count(*) FILTER (WHERE follow_status = 'following'),
           count(*) FILTER (WHERE follow_status = 'blocked')
"""


@dataclass(frozen=True)
class Asked:
    """A condition as it is stored, and its SQL by hand in one or more ways, in the same order for each condition."""

    property: str
    operator: str
    values: tuple[Any, ...]
    by_hand: tuple[str, ...]
    # Whether it is true or false of everyone, and never NULL.
    is_known: bool = False

    @property
    def json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"property": self.property, "operator": self.operator, "values": list(self.values)}


@dataclass(frozen=True)
class Case:
    """A definition; `left_out` are groups that leave friends out, `whole` further ways to write all of it by hand."""

    name: str
    groups: tuple[tuple[Asked, ...], ...]
    whole: tuple[str, ...] = ()
    left_out: tuple[tuple[Asked, ...], ...] = ()

    @property
    def json(self) -> dict[str, Any]:
        """As it is stored."""
        groups = [{"conditions": [one.json for one in group]} for group in self.groups]
        left_out = [{"conditions": [one.json for one in group], "excludes": True} for group in self.left_out]
        return {"version": 2 if left_out else 1, "groups": [*groups, *left_out]}

    def references(self, account_id: int) -> Iterator[str]:
        """Return every plausible way: one WHERE or a UNION, with the first or the last way of each condition."""
        for style, other in product((0, -1), (0, -1) if self.left_out else (0,)):
            # Either way of the conditions that leave friends out goes with either way of the others.
            mine = " AND ".join([f"account_id = {account_id}", *self._kept(other)])
            groups = [" AND ".join(one.by_hand[style] for one in group) for group in self.groups]
            yield f"{_NUMBERS} FROM friends WHERE {mine} AND (({') OR ('.join(groups)}))"
            if len(groups) > 1:
                parts = (f"SELECT id, follow_status FROM friends WHERE {mine} AND {group}" for group in groups)
                yield f"{_NUMBERS} FROM ({' UNION '.join(parts)}) AS members"
        yield from (f"{_NUMBERS} FROM {whole}" for whole in self.whole)

    def _kept(self, style: int) -> Iterator[str]:
        for group in self.left_out:
            asked = " AND ".join(one.by_hand[style] for one in group)
            yield f"NOT ({asked})" if all(one.is_known for one in group) else f"({asked}) IS NOT TRUE"


def install(connection: Connection, size: int) -> tuple[int, list[int]]:
    """Store an account with friends, tags and custom attributes: its id, and those of the tags."""
    account = Account(webhook_key=new_token(), bot_user_id="U" + "0" * 32, basic_id="@bench", name="Bench")
    db.session.add(account)
    db.session.flush()
    for key, kind in KINDS.items():
        db.session.add(AttributeDefinition(account_id=account.id, key=key, label=key, kind=kind))
    account_id = account.id
    db.session.commit()
    return account_id, populate(connection, account_id, size, SHARES, MORE)


def cases(account_id: int, tags: Sequence[int]) -> list[Case]:
    """Return them, with the ids of this installation."""
    following = _choice("follow_status", "following")
    common, second, third, rare = tags[0], tags[1], tags[2], tags[6]
    recent, gmail, japanese = _since("followed_at", "2025-12-01"), _holds("email", "gmail"), _choice("language", "ja")
    rich = _number("points", "at_least", ">=", 900)
    member = Asked(
        "attributes.member", "is", (), ("attributes -> 'member' = 'true'", "attributes @> '{\"member\":true}'")
    )
    old = _between("1970-01-01", "1979-12-31")
    wrote = _since("last_message_at", "2026-01-01")
    spring = _birthday("months", ("4", "5"), ["04", "05"], 2)
    week = [today() + timedelta(days=ahead) for ahead in range(8)]
    soon = _birthday("anniversary_next_days", (7,), [f"{day:%m-%d}" for day in week], 5)
    joined = f"friend_tags JOIN friends ON id = friend_id WHERE account_id = {account_id} AND tag_id"
    return [
        Case("status", ((following,),)),
        Case("common_tag", ((_tag(common),),), (f"{joined} = {common}",)),
        Case("tag_without", ((_tag(third), _without(common)),)),
        Case("recent", ((recent, following),)),
        Case("email", ((gmail, japanese),)),
        Case("name", ((_starts("佐藤"), wrote),)),
        Case("attributes", ((rich, member, following),)),
        Case("tags_all", ((_all_of(second, third), old),)),
        Case("three_groups", ((_tag(rare), following), (_since("last_message_at", "2026-02-20"),), (rich, member))),
        Case(
            "five_by_four",
            (
                (_tag(common, second), following, gmail, wrote),
                (_without(common), japanese, rich, following),
                (member, old, _all_of(common, second), following),
                (recent, _starts("田中"), japanese, _number("points", "less", "<", 500)),
                (_tag(*tags[7:22]), wrote, _choice("language", "ja", "en"), _company()),
            ),
        ),
        Case("without_tag", ((following,),), left_out=((_tag(common),),)),
        Case("without_rare", ((recent, following),), left_out=((_tag(rare),),)),
        Case("without_both", ((japanese, wrote),), left_out=((_tag(second), gmail),)),
        Case("without_either", ((rich, member), (_tag(rare), following)), left_out=((_tag(third),), (old, recent))),
        Case("birth_months", ((spring, following),)),
        Case("birthday_soon", ((soon, _tag(second)),), left_out=((_tag(rare),),)),
    ]


def _choice(name: str, *values: str) -> Asked:
    listed = ", ".join(f"'{one}'" for one in values)
    return Asked(f"line.{name}", "any_of", values, (f"{name} IN ({listed})",), name == "follow_status")


def _tag(*tags: int) -> Asked:
    return Asked("tag", "contains_any", tags, _tagged(f"IN ({', '.join(map(str, tags))})"), True)


def _without(tag: int) -> Asked:
    return Asked("tag", "contains_none", (tag,), tuple(f"NOT ({one})" for one in _tagged(f"= {tag}")))


def _all_of(*tags: int) -> Asked:
    ways = zip(*(_tagged(f"= {tag}") for tag in tags), strict=True)
    return Asked("tag", "contains_all", tags, tuple(" AND ".join(way) for way in ways))


def _tagged(which: str) -> tuple[str, str]:
    return (
        f"id IN (SELECT friend_id FROM friend_tags WHERE tag_id {which})",
        f"EXISTS (SELECT FROM friend_tags WHERE friend_id = friends.id AND tag_id {which})",
    )


def _since(name: str, day: str) -> Asked:
    """In the last so many days, which end in the future of these friends."""
    days = (today() - date.fromisoformat(day)).days
    column = name if name == "last_message_at" else _ADDED
    edge = f"'{day} 00:00+09'::timestamptz AND {column} < '{today()} 00:00+09'::timestamptz + interval '1 day'"
    return Asked(f"line.{name}", "last_days", (days,), (f"{column} >= {edge}",))


def _holds(name: str, word: str) -> Asked:
    pairs = ", ".join(f"'{word[at : at + 2]}'" for at in range(len(word) - 1))
    plain = f"lower({name}) LIKE '%{word}%'"
    return Asked(name, "contains", (word,), (plain, f"({GRAMS}) @> ARRAY[{pairs}] AND {plain}"))


def _starts(word: str) -> Asked:
    """Match the beginning of names, which have an index in the order of their letters."""
    after = word[:-1] + chr(ord(word[-1]) + 1)
    return Asked(
        "line.display_name",
        "starts_with",
        (word,),
        (f"name_sort LIKE '{word}%'", f"name_sort >= '{word}' AND name_sort < '{after}'"),
    )


def _number(key: str, operator: str, sign: str, value: int) -> Asked:
    plain = f"(attributes -> '{key}') {sign} '{value}'"
    return Asked(f"attributes.{key}", operator, (value,), (plain, f"(attributes ->> '{key}')::numeric {sign} {value}"))


def _between(low: str, high: str) -> Asked:
    value = "(attributes ->> 'birthday')"
    by_letter = f"{value} COLLATE \"C\" BETWEEN '{low}' AND '{high}'"
    return Asked(
        "attributes.birthday", "between", (low, high), (by_letter, f"{value}::date BETWEEN '{low}' AND '{high}'")
    )


def _birthday(operator: str, values: tuple[Any, ...], parts: Sequence[str], length: int) -> Asked:
    """Match month, or month and day, of the birthdays, which are stored as 1980-04-24."""
    listed = ", ".join(f"'{one}'" for one in parts)
    plain = f"substr(attributes ->> 'birthday', 6, {length}) IN ({listed})"
    return Asked("attributes.birthday", operator, values, (plain, f"attributes ? 'birthday' AND {plain}"))


def _company() -> Asked:
    return Asked("company", "equals", ("sunrise trading",), ("lower(company) = 'sunrise trading'",))
