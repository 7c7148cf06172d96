"""Claim due rows and store their outcome.

A claim is a lease stamped by the database's clock. Whatever is written afterwards is guarded by that stamp: a worker
that was presumed dead, or whose rows were ordered again in between, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any

import redis
import structlog
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    Float,
    Integer,
    Row,
    Text,
    any_,
    bindparam,
    func,
    literal,
    select,
    text,
    update,
)

from app.core.clock import database_now
from app.core.db import db
from app.core.due.registry import DueKind
from app.core.queue import broker

log = structlog.get_logger(__name__)
COUNTERS = "tomoru:due"
# Positions in what a claim returns; by position, since there may be thousands of rows a second.
_BY_DUE_AT = itemgetter(3, 0)
_SECOND: ColumnElement[timedelta] = text("interval '1 second'")  # type: ignore[assignment]


@dataclass(frozen=True)
class Wait:
    """Why one row waits, and for how long at least; without `counts` the try does not count and nothing backs off."""

    reason: str | None
    after: timedelta | float = 0
    counts: bool = True

    @property
    def least(self) -> timedelta:
        return self.after if isinstance(self.after, timedelta) else timedelta(seconds=self.after)


class Claim:
    """Rows that this worker holds until `until`, each with `id`, `attempts` and the kind's columns.

    Its methods write in the session's transaction; the caller commits. Without ids they mean every row.
    """

    def __init__(self, kind: DueKind, rows: Sequence[Row[Any]], until: datetime | None) -> None:
        self.kind, self.rows, self.until = kind, rows, until

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def ids(self) -> list[Any]:
        """Return the rows' keys, longest waiting first."""
        return [row[0] for row in self.rows]

    def split(self) -> Iterator[Claim]:
        """Return a claim for each row."""
        return (Claim(self.kind, [row], self.until) for row in self.rows)

    def worn_out(self) -> list[Any]:
        """Return keys of rows that had all their tries before, since a worker died with them each time."""
        return [row.id for row in self.rows if row.attempts > self.kind.backoff.most]

    def held(self, ids: Sequence[Any] | None = None) -> set[Any]:
        """Lock the rows that are still ours until the transaction ends, and give their keys."""
        return self._hold(self._mine(self.ids() if ids is None else ids))

    def done(self, ids: Sequence[Any] | None = None, **values: Any) -> None:
        """Mark the rows as done; further columns may be set with it."""
        self._settle(self.ids() if ids is None else ids, {**self._cleared(), **values})

    def done_each(self, each: Mapping[Any, Mapping[str, Any]], **values: Any) -> None:
        """Mark the rows as done in one statement; `each` has a row's own values, for the same columns in every row."""
        if not each:
            return
        kind, names = self.kind, list(next(iter(each.values())))
        columns = kind.model.__table__.c
        lists = [literal([own[name] for own in each.values()], ARRAY(columns[name].type)) for name in names]
        ids = literal(list(each), ARRAY(kind.id.type))
        given = func.unnest(ids, *lists).table_valued("id", *names).render_derived(name="given")
        self._hold_if_shared(list(each))
        where = [kind.id == given.c.id, kind.column("leased_until") == self.until]
        self._write({**self._cleared(), **{name: given.c[name] for name in names}, **values}, where)

    def later(
        self,
        ids: Sequence[Any] | None = None,
        *,
        reason: str | None = None,
        after: timedelta | float = 0,
        counts: bool = True,
    ) -> None:
        """Try again after the back-off, at least `after`; rows that had all their tries are given up.

        Without `counts` the try does not count, and rows wait for `after` alone.
        """
        chosen = self.ids() if ids is None else ids
        self.later_each(dict.fromkeys(chosen, Wait(reason, after, counts)))

    def later_each(self, waits: Mapping[Any, Wait]) -> None:
        """Do what `later` does, in one statement for rows that wait for reasons of their own."""
        rows = [row for row in self.rows if row.id in waits]
        most = self.kind.backoff.most
        over: dict[str | None, list[Any]] = {}
        for row in rows:
            if waits[row.id].counts and row.attempts >= most:
                over.setdefault(waits[row.id].reason, []).append(row.id)
        for reason, ids in over.items():
            self.give_up(ids, reason=reason)
        given_up = {row_id for ids in over.values() for row_id in ids}
        self._postpone([(row, waits[row.id]) for row in rows if row.id not in given_up])

    def give_up(self, ids: Sequence[Any] | None = None, *, reason: str | None = None) -> None:
        """Give up these rows until they are ordered again."""
        chosen = self.ids() if ids is None else ids
        self._settle(chosen, {**self._ended(), self.kind.column("reason").name: reason, **self.kind.given_up})
        _count(self.kind, "given_up", len(chosen))

    def prolong(self) -> bool:
        """Hold the rows for another lease from now on, and commit; returns whether any of them is still ours."""
        leased = self.kind.column("leased_until")
        mine = update(self.kind.model.__table__).where(*self._mine(self.ids()))
        held = mine.values({leased.name: database_now(self.kind.lease)}).returning(self.kind.id, leased)
        rows = db.session.execute(held).all()
        db.session.commit()
        self.until = rows[0][1] if rows else None
        return bool(rows)

    def release(self) -> None:
        """Let another worker have the rows at once; the try does not count."""
        self._settle(self.ids(), {self.kind.column("attempts").name: self.kind.column("attempts") - 1})

    def _ended(self) -> dict[str, Any]:
        due_at = self.kind.column("due_at")
        return {due_at.name: None} if due_at.nullable else {}

    def _cleared(self) -> dict[str, Any]:
        return {**self._ended(), self.kind.column("attempts").name: 0, self.kind.column("reason").name: None}

    def _postpone(self, waits: Sequence[tuple[Row[Any], Wait]]) -> None:
        if not waits:
            return
        kind, attempts, ids = self.kind, self.kind.column("attempts"), [row.id for row, _wait in waits]
        lists = (
            literal(ids, ARRAY(kind.id.type)),
            literal([self._seconds(row, wait) for row, wait in waits], ARRAY(Float)),
            literal([wait.reason for _row, wait in waits], ARRAY(Text)),
            literal([int(not wait.counts) for _row, wait in waits], ARRAY(Integer)),
        )
        names = ("id", "seconds", "reason", "uncounted")
        wait = func.unnest(*lists).table_valued(*names).render_derived(name="wait")
        values = {
            kind.column("due_at").name: database_now() + wait.c.seconds * _SECOND,
            kind.column("reason").name: wait.c.reason,
            attempts.name: attempts - wait.c.uncounted,
        }
        self._hold_if_shared(ids)
        self._write(values, [kind.id == wait.c.id, kind.column("leased_until") == self.until])
        _count(kind, "retried", sum(wait.counts for _row, wait in waits))

    def _seconds(self, row: Row[Any], wait: Wait) -> float:
        own = self.kind.backoff.wait(row.attempts) if wait.counts else timedelta()
        return max(wait.least, own).total_seconds()

    def _settle(self, ids: Sequence[Any], values: dict[str, Any]) -> None:
        if ids:
            self._hold_if_shared(ids)
            self._write(values, self._mine(ids))

    def _hold_if_shared(self, ids: Sequence[Any]) -> None:
        """Lock several rows in the order in which others lock them; an update takes them in any order."""
        if self.kind.lock_order and len(ids) > 1:
            self._hold(self._mine(ids))

    def _hold(self, where: list[ColumnElement[bool]]) -> set[Any]:
        query = select(self.kind.id).where(*where).order_by(*(self.kind.lock_order or (self.kind.id,)))
        return set(db.session.scalars(query.with_for_update(key_share=True)))

    def _write(self, values: dict[str, Any], where: list[ColumnElement[bool]]) -> None:
        statement = update(self.kind.model.__table__).where(*where)
        db.session.execute(statement.values({self.kind.column("leased_until").name: None, **values}))

    def _mine(self, ids: Sequence[Any]) -> list[ColumnElement[bool]]:
        array = literal(list(ids), ARRAY(self.kind.id.type))
        return [self.kind.id == any_(array), self.kind.column("leased_until") == self.until]


def claim(kind: DueKind, most: int, *where: ColumnElement[bool]) -> Claim:
    """Take up to `most` due rows that no worker holds, longest waiting first, and commit; empty when there are none.

    Rows that another worker is claiming at this moment are passed over. A claim counts as a try.
    """
    take = _take(kind, where) if where or kind.narrow else _usual_take(kind)
    rows = sorted(db.session.execute(take, {"most": most}).all(), key=_BY_DUE_AT)
    db.session.commit()
    return Claim(kind, rows, rows[0].until if rows else None)


@lru_cache
def _usual_take(kind: DueKind) -> Executable:
    """Build the statement once: it is the same for every claim, and building it takes longer than running it."""
    return _take(kind, ())


def _take(kind: DueKind, where: Sequence[ColumnElement[bool]]) -> Executable:
    found = select(kind.id).where(*kind.due(), *where).order_by(kind.column("due_at")).limit(bindparam("most"))
    found_ids = found.with_for_update(of=kind.model.__table__, key_share=True, skip_locked=True).cte("found")
    leased, attempts = kind.column("leased_until"), kind.column("attempts")
    return (
        update(kind.model.__table__)
        .where(kind.id == found_ids.c[kind.id.name])
        .values({leased.name: database_now(kind.lease), attempts.name: attempts + 1})
        .returning(
            kind.id.label("id"),
            attempts.label("attempts"),
            leased.label("until"),
            kind.column("due_at").label("due_at"),
            *kind.columns,
        )
    )


def _count(kind: DueKind, what: str, by: int) -> None:
    """Raise counters in Redis: they may be lost, but never delay the work."""
    try:
        if by:
            broker.client.hincrby(COUNTERS, f"{what}:{kind.name}", by)
    except (redis.RedisError, OSError) as error:
        log.warning("due.not_counted", error=type(error).__name__)
