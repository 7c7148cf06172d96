"""A filter as SQL, in two forms: `tests` examines one friend at a time, `indexed` also offers the indexes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Table,
    and_,
    any_,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from app.core.asked_once import asked_once
from app.core.db import db, tune_for_heavy_query
from app.core.values import emails, phones
from app.friends.filters import ALL, FriendFilter
from app.friends.friend_sets import Found, Members, members_of
from app.friends.models import GRAMS, Friend, FriendTag
from app.friends.queries.id_links import Linked, linked_friends, user_id_of

Condition = ColumnElement[bool]
# A condition, and the entries of the search index that every friend who meets it must have.
Way = tuple[Condition, list[str]]
# Any seven characters of an id hold four that the index knows; after the leading U, four are enough.
PART_OF_ID = re.compile(r"[0-9a-f]{7,32}")
START_OF_ID = re.compile(r"u[0-9a-f]{4,32}")
PHONE = re.compile(r"[0-9+(][0-9+()./ -]{3,}")
FRIENDS: Table = Friend.__table__  # type: ignore[assignment]
_GRAMS: ColumnElement[Any] = literal_column(f"({GRAMS})", ARRAY(Text))
# Columns that the tests of a search read.
_READ = tuple(
    FRIENDS.c[name] for name in ("id", "account_id", "follow_status", "search_text", "name_sort", "line_user_id")
)


@dataclass(frozen=True)
class Word:
    """One word of a search as the database folds it, and the pairs of characters it is made of."""

    folded: str
    pairs: list[str]
    # The same with an internationalised domain in Unicode, as addresses are stored; empty for a word without one.
    domain: str = ""
    # A single character with no longer word beside it; it is looked for at the beginning of names only.
    is_initial: bool = False

    @property
    def numbers(self) -> list[str]:
        """Return the digits by which a phone number is found that has this word in it; none for other words."""
        written = phones.as_written(self.folded)
        found = phones.spellings(written) if PHONE.fullmatch(written) else []
        return [digits for digits in found if len(digits) > 3 and digits != self.folded]


def fold(words: Sequence[str]) -> list[Word]:
    """Return the words as PostgreSQL folds them, so that there is one rule only; later plans are made for these words.

    A plan made for any word would not know whether it is rare or in every second e-mail address.
    """
    return asked_once(("folded", *words), lambda: _fold(words)) if words else []


def _fold(words: Sequence[str]) -> list[Word]:
    query = text(
        "SELECT search_fold(word), search_pairs(search_fold(word)), search_fold(domain),"
        " set_config('plan_cache_mode', :mode, true)"
        " FROM unnest(CAST(:words AS text[]), CAST(:domains AS text[])) AS given (word, domain)"
    )
    values = {"words": list(words), "domains": list(map(emails.decoded, words)), "mode": "force_custom_plan"}
    rows = db.session.execute(query, values).all()
    folded = [(row[0], [pair for pair in row[1] if len(pair) == 2], row[2]) for row in rows]
    has_pairs = any(pairs for _, pairs, _ in folded)
    return [
        Word(word, pairs, domain if domain != word else "", not has_pairs and at == 0)
        for at, (word, pairs, domain) in enumerate(folded)
    ]


@dataclass(frozen=True)
class Filtering:
    """A filter as SQL; `words` are those of its search, folded, each with the friends whose user ID begins with it.

    There is one `Linked` for each spelling of a word. `whole` is the search with its blanks, which user IDs may have,
    and `numbers` are its digits where it may be a phone number with blanks in it. `among` are the sets
    to which they must belong.
    """

    wanted: FriendFilter
    words: Sequence[tuple[Word, Sequence[Linked]]]
    whole: Sequence[Linked] = ()
    numbers: Sequence[str] = ()
    among: Sequence[Members] = ()

    @property
    def columns(self) -> Sequence[ColumnElement[Any]]:
        """Return the columns that the tests read."""
        return list(dict.fromkeys((*_READ, *(column for one in self.among for column in one.columns))))

    @property
    def is_empty(self) -> bool:
        """Return whether all friends fit."""
        return self.wanted.is_empty

    @property
    def status(self) -> str | None:
        """Return the follow status filtered by, if it is exactly one."""
        return self.wanted.statuses[0] if len(self.wanted.statuses) == 1 else None

    def tests(self, rows: FromClause) -> list[Condition]:
        """Return conditions that examine one row (and its tags) and use no index of their own."""
        found = [or_(*(condition for condition, _ in _ways(*word, rows))) for word in self.words]
        whole = [condition for condition, _grams in self._ways_of_whole(rows)]
        among = [test for one in self.among for test in one.tests(rows)]
        return [*_status(self.wanted, rows), *_tags(self.wanted, rows), *_or_whole(found, whole), *among]

    def indexed(self) -> list[Condition]:
        """Return the same conditions, in a form in which the search index can find the candidates."""
        found = [or_(*(_through_index(way) for way in _ways(*word, FRIENDS))) for word in self.words]
        whole = [_through_index(way) for way in self._ways_of_whole(FRIENDS)]
        among = [test for one in self.among for test in one.indexed()]
        return [*_status(self.wanted, FRIENDS), *_tags(self.wanted, FRIENDS), *_or_whole(found, whole), *among]

    def _ways_of_whole(self, friends: FromClause) -> list[Way]:
        by_link = [way for one in self.whole for way in _ways_by_link(one, friends)]
        return [*by_link, *_ways_by_number(self.numbers, friends)]


def filtering(account_id: int, wanted: FriendFilter, known: Found | None = None) -> Filtering:
    """Return the filter's SQL, for the present transaction; `known` are sets that were found before."""
    words = fold(wanted.words)
    # User IDs of other systems are compared as they were typed.
    linked = [[linked_friends(account_id, one) for one in typed] for typed in wanted.spellings.values()]
    is_one = len(words) < 2
    whole = [] if is_one else [linked_friends(account_id, wanted.search)]
    numbers = [] if is_one else Word(" ".join(word.folded for word in words), []).numbers
    if wanted.among:
        tune_for_heavy_query(db.session.connection())
    among = [members_of(account_id, key, known) for key in wanted.among]
    return Filtering(wanted, list(zip(words, linked, strict=True)), whole, numbers, among)


def _or_whole(found: list[Condition], whole: list[Condition]) -> list[Condition]:
    return [or_(and_(*found), *whole)] if whole else found


def may_hold(word: Word) -> Condition | None:
    """Return a condition for the search index that is true of every match; None when the word is too short for it."""
    return _GRAMS.contains(cast(word.pairs, ARRAY(Text))) if word.pairs else None


def may_hold_any(texts: Sequence[str]) -> Condition | None:
    """Return the same for friends who match by one of these folded texts."""
    found = [pairs_of(one) for one in texts]
    return or_(*(_GRAMS.contains(cast(pairs, ARRAY(Text))) for pairs in found)) if found and all(found) else None


def _status(wanted: FriendFilter, friends: FromClause) -> list[Condition]:
    return [friends.c.follow_status.in_(wanted.statuses)] if wanted.statuses else []


def _tags(wanted: FriendFilter, friends: FromClause) -> list[Condition]:
    """Return the condition that a friend carries all of the tags, or any of them."""
    groups = [[tag] for tag in wanted.tag_ids] if wanted.match == ALL else [list(wanted.tag_ids)]
    return [
        friends.c.id.in_(select(FriendTag.friend_id).where(FriendTag.tag_id.in_(group))) for group in groups if group
    ]


def _through_index(way: Way) -> Condition:
    condition, grams = way
    return and_(_GRAMS.contains(cast(grams, ARRAY(Text))), condition) if grams else condition


def _ways(word: Word, linked: Sequence[Linked], friends: FromClause) -> list[Way]:
    """Return a condition for each field in which a word may be found."""
    by_link = [way for one in linked for way in _ways_by_link(one, friends)]
    if word.is_initial:
        return [(friends.c.name_sort.startswith(word.folded, autoescape=True), []), *by_link]
    ways: list[Way] = [(friends.c.search_text.contains(word.folded, autoescape=True), word.pairs)]
    if word.domain:
        ways.append((friends.c.search_text.contains(word.domain, autoescape=True), pairs_of(word.domain)))
    return [*ways, *_ways_by_number(word.numbers, friends), *_ways_in_id(word.folded, friends), *by_link]


def _ways_by_number(numbers: Sequence[str], friends: FromClause) -> list[Way]:
    return [(friends.c.search_text.contains(digits), pairs_of(digits)) for digits in numbers]


def _ways_by_link(linked: Linked, friends: FromClause) -> list[Way]:
    """Return a condition on the user ID's beginning: by the ids found, or where they are many by a look-up a row."""
    if linked.are_many:
        return [(user_id_of(friends).startswith(linked.beginning, autoescape=True), [])]
    # One array, however many there are, which PostgreSQL looks up by hash and finds through the index.
    mine = friends.c.id == any_(cast(list(linked.friend_ids), ARRAY(BigInteger)))
    return [(mine, [])] if linked.friend_ids else []


def _ways_in_id(folded: str, friends: FromClause) -> list[Way]:
    """Return one condition for each offset at which the text can meet the index's pieces of four characters."""
    lowered = func.lower(friends.c.line_user_id)
    if START_OF_ID.fullmatch(folded):
        return [(lowered.startswith(folded), _cut(folded[1:]))]
    if PART_OF_ID.fullmatch(folded):
        return [(lowered.contains(folded), _cut(folded[skipped:])) for skipped in range(4)]
    return []


def pairs_of(characters: str) -> list[str]:
    """Return the pairs of characters that the search index has of a text that is folded already."""
    return [characters[at : at + 2] for at in range(len(characters) - 1)]


def _cut(characters: str) -> list[str]:
    return [characters[at : at + 4] for at in range(0, len(characters) - 3, 4)]
