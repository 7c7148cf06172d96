"""Kinds of due rows: their table, their columns, and how a worker is woken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, exists, literal, null, select, true

from app.core.clock import database_now, has_lapsed
from app.core.due.backoff import Backoff
from app.core.registry import Registry

# So many rows are woken one by one in a sweep; the next sweep finds the rest.
SWEPT = 1000
# Reasons for which a service asks to wait for up to a day, such as its daily limit.
LONG_WAITS: set[str] = set()


@dataclass(frozen=True, eq=False)
class DueKind:
    """Rows of one model that wait for their time.

    `wake` enqueues the actor that processes them. It is called with the values of `keys` for each due row, or with
    each due partition, or, without either, once. A model without `leased_until` is claimed in a way of its own.
    """

    name: str
    model: Any
    wake: Callable[..., object]
    keys: tuple[Any, ...] = ()
    # The column that splits the rows into parts which are processed apart, and a query of the parts to look at.
    partition: tuple[Any, Select[Any]] | None = None
    # Columns are `<prefix>due_at` and so on; that of the last refusal may have a name of its own.
    prefix: str = ""
    reason: str = ""
    # The condition of the partial index, where it is not that `due_at` is set.
    waiting: ColumnElement[bool] | None = None
    # Further conditions that are known only when asked for.
    narrow: Callable[[], Sequence[ColumnElement[bool]]] | None = None
    # Columns that the handler gets beside id and attempts.
    columns: tuple[Any, ...] = ()
    # Values of rows that were given up, beside what every kind sets.
    given_up: Mapping[str, Any] = field(default_factory=dict)
    backoff: Backoff = field(default_factory=Backoff)
    # Longer than a batch can take; after that its worker must have died.
    lease: timedelta = timedelta(minutes=2)
    batch: int = 200
    # Columns by whose order several rows are locked at once, where others lock the same rows; without any, by id.
    lock_order: tuple[Any, ...] = ()
    # No row is put off for longer, but for reasons in LONG_WAITS; None where rows may be due at any time ahead.
    longest_wait: timedelta | None = None

    def column(self, name: str) -> Column[Any]:
        """Return the table's column for `due_at`, `attempts`, `leased_until` or `reason`."""
        found: Column[Any] = self.model.__table__.c[(name == "reason" and self.reason) or self.prefix + name]
        return found

    @property
    def id(self) -> Column[Any]:
        """Return the primary key, a single column."""
        (key,) = self.model.__table__.primary_key.columns
        return key  # type: ignore[no-any-return]

    @property
    def is_leased(self) -> bool:
        """Return whether rows are claimed by lease."""
        return f"{self.prefix}leased_until" in self.model.__table__.c

    def due(self) -> list[ColumnElement[bool]]:
        """Return the conditions of rows that may be claimed now."""
        moment, due_at = database_now(), self.column("due_at")
        found = [due_at <= moment, due_at.is_not(None) if self.waiting is None else self.waiting]
        if self.is_leased:
            found.append(has_lapsed(self.column("leased_until"), self.lease))
        return [*found, *(self.narrow() if self.narrow else ())]

    def to_wake(self) -> Select[Any]:
        """Return the arguments with which `wake` is to be called now."""
        if self.partition is not None:
            column, parts = self.partition
            (part,) = parts.selected_columns
            return parts.where(exists(select(self.id).where(column == part, *self.due())))
        if not self.keys:
            return select(true()).where(exists(select(self.id).where(*self.due())))
        return select(*self.keys).where(*self.due()).order_by(self.column("due_at")).limit(SWEPT)

    def wake_for(self, row: Sequence[Any]) -> None:
        """Wake a worker for one row of `to_wake`."""
        self.wake(*(row if self.keys or self.partition else ()))

    def ordered(self, after: timedelta | float = 0) -> dict[str, Any]:
        """Return values that order the work again: due after this time, with all its tries; an older claim is void.

        They are SQL, so that they are written even where a loaded row seems to have them already.
        """
        values = {"due_at": database_now(after), "attempts": literal(0), "leased_until": null(), "reason": null()}
        return {self.column(name).name: value for name, value in values.items()}

    def order(self, row: Any, after: timedelta | float = 0) -> None:
        """Order the work for a loaded row."""
        for name, value in self.ordered(after).items():
            setattr(row, name, value)

    def withdraw(self, row: Any) -> None:
        """Withdraw the order for a loaded row; a worker that has claimed it changes nothing any more."""
        for name, value in {"due_at": None, "attempts": 0, "leased_until": None, "reason": None}.items():
            setattr(row, self.column(name).name, value)


DUE_KINDS: Registry[DueKind] = Registry("due kind")


def register(kind: DueKind) -> DueKind:
    """Register the kind for the sweep and /metrics; raises ValueError for a name that is taken."""
    return DUE_KINDS.add(kind.name, kind)
