"""Put tags on friends and take them off: set-based, noted on each friend's timeline, announced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text

from app.core.clock import now
from app.core.db import db
from app.core.events import announce_all
from app.friends.events import TagAdded, TagRemoved
from app.friends.operations.value_sources import source_id
from app.friends.sources import Source, as_source
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# Friends and tags of other accounts, and tags that are being deleted, fall out here whatever was asked for.
_EACH = """
    SELECT tags.id AS tag_id, tags.name, friends.id AS friend_id
    FROM tags JOIN friends ON friends.account_id = tags.account_id
    WHERE tags.account_id = :account_id AND tags.deleted_at IS NULL
      AND tags.id = ANY(:tag_ids) AND friends.id = ANY(:friend_ids)
"""
_PAIRS = """
    SELECT tags.id AS tag_id, tags.name, friends.id AS friend_id
    FROM (SELECT DISTINCT tag_id, friend_id
          FROM unnest(CAST(:tag_ids AS bigint[]), CAST(:friend_ids AS bigint[])) AS pair (tag_id, friend_id)) AS pair
    JOIN tags ON tags.id = pair.tag_id JOIN friends ON friends.id = pair.friend_id
    WHERE tags.account_id = :account_id AND friends.account_id = :account_id AND tags.deleted_at IS NULL
"""
_NOTED = """
    INSERT INTO activities (account_id, friend_id, kind, occurred_at, data, member_id)
    SELECT :account_id, changed.friend_id, :kind, :occurred_at,
           jsonb_build_object('tag_id', changed.tag_id, 'name', tags.name, 'source', CAST(:source AS text)), :member_id
    FROM changed JOIN tags ON tags.id = changed.tag_id
"""
# Rows are taken in one order everywhere, so that two who tag the same friends wait for each other.
_ADD = """
    WITH meant AS ({meant}),
    changed AS (
        INSERT INTO friend_tags (tag_id, friend_id, added_at, source_id)
        SELECT tag_id, friend_id, :occurred_at, :source_id FROM meant ORDER BY tag_id, friend_id
        ON CONFLICT DO NOTHING RETURNING tag_id, friend_id
    ),
    noted AS ({noted})
    SELECT tag_id, friend_id FROM changed
"""
_REMOVE = """
    WITH meant AS ({meant}),
    held AS (
        SELECT friend_tags.tag_id, friend_tags.friend_id
        FROM friend_tags JOIN meant USING (tag_id, friend_id) ORDER BY tag_id, friend_id FOR UPDATE OF friend_tags
    ),
    changed AS (
        DELETE FROM friend_tags USING held
        WHERE friend_tags.tag_id = held.tag_id AND friend_tags.friend_id = held.friend_id
        RETURNING friend_tags.tag_id, friend_tags.friend_id, friend_tags.added_at, friend_tags.source_id
    ),
    noted AS ({noted})
    SELECT tag_id, friend_id, added_at, source_id FROM changed
"""
_STATEMENTS = {
    (change, meant): text(change.format(meant=meant, noted=_NOTED))
    for change in (_ADD, _REMOVE)
    for meant in (_EACH, _PAIRS)
}
# Pairs of one statement.
BATCH = 20_000
Pair = tuple[int, int]


@dataclass(frozen=True)
class TagsChanged:
    """Rows that a change wrote at a moment: tag and friend, for a tag that was taken off also its time and source."""

    at: datetime
    rows: Sequence[Row[Any]]


# Told of what was changed, in the transaction that changes it.
Note = Callable[[TagsChanged], None]


@operation(Permission.TAGS)
def add_tags(
    account_id: int,
    friend_ids: Sequence[int],
    tag_ids: Sequence[int],
    *,
    source: Source | str,
    note: Note | None = None,
    actor: Actor,
) -> int:
    """Put each of these tags on each of these friends; returns how many friends changed.

    Source and time are kept with each tag. Announces TagAdded for each tag.
    """
    change = _Change(account_id, as_source(source, actor), actor.member_id, note)
    return _tell(TagAdded, change.add(_EACH, tag_ids, friend_ids), change)


@operation(Permission.TAGS)
def remove_tags(
    account_id: int,
    friend_ids: Sequence[int],
    tag_ids: Sequence[int],
    *,
    source: Source | str,
    note: Note | None = None,
    actor: Actor,
) -> int:
    """Take each of these tags off each of these friends; returns how many friends changed.

    Announces TagRemoved for each tag.
    """
    change = _Change(account_id, as_source(source, actor), actor.member_id, note)
    return _tell(TagRemoved, change.remove(_EACH, tag_ids, friend_ids), change)


@operation(Permission.TAGS)
def add_tags_many(account_id: int, pairs: Iterable[Pair], *, source: Source | str, actor: Actor) -> int:
    """Put tags on friends, given as (friend id, tag id); otherwise like `add_tags`."""
    change = _Change(account_id, as_source(source, actor), actor.member_id)
    changed = [row for tag_ids, friend_ids in _batches(pairs) for row in change.add(_PAIRS, tag_ids, friend_ids)]
    return _tell(TagAdded, changed, change)


@operation(Permission.TAGS)
def remove_tags_many(account_id: int, pairs: Iterable[Pair], *, source: Source | str, actor: Actor) -> int:
    """Take tags off friends, given as (friend id, tag id); otherwise like `remove_tags`."""
    change = _Change(account_id, as_source(source, actor), actor.member_id)
    changed = [row for tag_ids, friend_ids in _batches(pairs) for row in change.remove(_PAIRS, tag_ids, friend_ids)]
    return _tell(TagRemoved, changed, change)


@dataclass(frozen=True)
class _Change:
    """One change of tags; its statements return tag and friend of the rows that changed."""

    account_id: int
    source: Source
    member_id: int | None
    note: Note | None = None

    def add(self, meant: str, tag_ids: Sequence[int], friend_ids: Sequence[int]) -> Sequence[Row[Any]]:
        values = {"kind": "tag_added", "source_id": source_id(self.account_id, self.source)}
        return self._run(_STATEMENTS[_ADD, meant], values, tag_ids, friend_ids)

    def remove(self, meant: str, tag_ids: Sequence[int], friend_ids: Sequence[int]) -> Sequence[Row[Any]]:
        return self._run(_STATEMENTS[_REMOVE, meant], {"kind": "tag_removed"}, tag_ids, friend_ids)

    def _run(
        self, statement: TextClause, values: dict[str, Any], tag_ids: Sequence[int], friend_ids: Sequence[int]
    ) -> Sequence[Row[Any]]:
        moment = now()
        values |= {"account_id": self.account_id, "friend_ids": list(friend_ids), "tag_ids": list(tag_ids)}
        values |= {"occurred_at": moment, "source": self.source.kind, "member_id": self.member_id}
        db.session.flush()
        changed = db.session.execute(statement, values).all()
        if self.note is not None:
            self.note(TagsChanged(moment, changed))
        return changed


def _batches(pairs: Iterable[Pair]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield tag ids and friend ids in batches, in the order in which their rows are locked."""
    ordered = sorted((tag_id, friend_id) for friend_id, tag_id in pairs)
    for at in range(0, len(ordered), BATCH):
        some = ordered[at : at + BATCH]
        yield [tag_id for tag_id, _ in some], [friend_id for _, friend_id in some]


def _tell(kind: type[TagAdded | TagRemoved], changed: Sequence[Row[Any]], change: _Change) -> int:
    """Announce the change tag by tag; returns how many friends changed."""
    about: dict[str, Any] = {"account_id": change.account_id, "source": change.source.kind}
    announce_all(
        kind(tag_id=tag_id, friend_ids=friend_ids, member_id=change.member_id, **about)
        for tag_id, friend_ids in _by_tag(changed)
    )
    return len({row.friend_id for row in changed})


def _by_tag(changed: Iterable[Row[Any]]) -> list[tuple[int, tuple[int, ...]]]:
    friends: defaultdict[int, list[int]] = defaultdict(list)
    for row in changed:
        friends[row.tag_id].append(row.friend_id)
    return [(tag_id, tuple(sorted(found))) for tag_id, found in sorted(friends.items())]
