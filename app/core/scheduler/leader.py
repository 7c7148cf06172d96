"""One scheduler leads by a lease in the database, by the database's clock; the others stand by and take over.

A lease needs no session of its own, so it works through a pooler, and a host that has vanished loses it.
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, case, delete, not_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from app.core.clock import database_now, has_lapsed
from app.core.db import db
from app.core.scheduler.models import Leadership

SCHEDULER = "scheduler"
# A leader that vanishes is replaced after this and the pause between two looks.
LEASE_SECONDS = 30.0


@dataclass(frozen=True)
class Leader:
    """Who leads, and since when."""

    holder: str
    since: datetime


def leader(name: str = SCHEDULER) -> Leader | None:
    """Return which process leads at this moment; None when there is none."""
    query = select(Leadership.holder, Leadership.since).where(Leadership.name == name)
    row = db.session.execute(query.where(not_(has_lapsed(Leadership.leased_until, LEASE_SECONDS)))).one_or_none()
    return Leader(row.holder, row.since) if row else None


def _own_name() -> str:
    return f"{platform.node()}:{os.getpid()}:{uuid4().hex[:8]}"


@dataclass
class Candidate:
    """One process that wants to lead. `leads` may be asked at any time without asking the database."""

    engine: Engine
    name: str = SCHEDULER
    holder: str = field(default_factory=_own_name)
    _leads_until: float = 0.0

    @property
    def leads(self) -> bool:
        """Whether the lease is still ours, as far as this host's monotonic clock can tell."""
        return time.monotonic() < self._leads_until

    def campaign(self) -> bool:
        """Take the lease if it is free, or renew it; returns whether we lead. Raises SQLAlchemyError."""
        asked_at = time.monotonic()
        with self.engine.begin() as connection:
            is_ours = connection.execute(self._take()).one_or_none() is not None
        # Counted from before the question, so that we never believe in it longer than the database does.
        self._leads_until = asked_at + LEASE_SECONDS if is_ours else 0.0
        return is_ours

    def resign(self) -> None:
        """Give the lease back, so that another takes over at its next look. Raises SQLAlchemyError."""
        self._leads_until = 0.0
        mine = delete(Leadership).where(Leadership.name == self.name, Leadership.holder == self.holder)
        with self.engine.begin() as connection:
            connection.execute(mine)

    def _take(self) -> ReturningInsert[Any]:
        moment, until = database_now(), database_now(LEASE_SECONDS)
        wish = insert(Leadership).values(name=self.name, holder=self.holder, since=moment, leased_until=until)
        is_ours = Leadership.holder == self.holder
        return wish.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "holder": wish.excluded.holder,
                "since": case((is_ours, Leadership.since), else_=wish.excluded.since),
                "leased_until": wish.excluded.leased_until,
            },
            where=or_(is_ours, has_lapsed(Leadership.leased_until, LEASE_SECONDS)),
        ).returning(Leadership.holder)
