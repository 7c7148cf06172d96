"""How many connections PostgreSQL has, allows, and may be asked for by the processes that live now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import text

from app.core import heartbeats
from app.core.config import Config
from app.core.db import db
from app.core.worker_classes import STARTED, connections_of

# The heartbeat and the campaign of a scheduler.
OF_SCHEDULER = 2
# The webhook intake of a web process, which is not of its pool.
OF_INTAKE = 1
NEARLY = 0.9
_COUNTED = text(
    "SELECT (SELECT coalesce(sum(numbackends), 0)::int FROM pg_stat_database) AS used,"
    " current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    " - coalesce(current_setting('reserved_connections', true)::int, 0) AS most"
)


@dataclass(frozen=True)
class Connections:
    """Connections in use, those that PostgreSQL allows to the program, and the most that its processes may open."""

    used: int
    most: int
    wanted: int

    @property
    def is_nearly_full(self) -> bool:
        """Whether few are left at this moment."""
        return self.used >= NEARLY * self.most

    @property
    def may_not_suffice(self) -> bool:
        """Whether all processes together may ask for more than there are."""
        return self.wanted > self.most


def counted() -> Connections:
    """Ask PostgreSQL, and reckon with the settings of this process; raises SQLAlchemyError."""
    row = db.session.execute(_COUNTED).one()
    config: Config = current_app.config["TOMORU"]
    return Connections(row.used, row.most, wanted(config, heartbeats.living()))


def wanted(config: Config, living: Iterable[tuple[str, str]]) -> int:
    """Return the most connections to PostgreSQL itself that these processes open, given as (process, kind)."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for process, kind in living:
        kinds[process].add(kind)
    if config.database_direct_url:
        # The pooler bounds all others; its own pool is not known here.
        return OF_INTAKE * sum("web" in found for found in kinds.values())
    return sum(_most_of(config, found) for found in kinds.values())


def _most_of(config: Config, kinds: set[str]) -> int:
    if "web" in kinds:
        return config.database_pool + OF_INTAKE
    classes = [name for name in STARTED if heartbeats.worker_kind(name) in kinds]
    return connections_of(config, classes) if classes else OF_SCHEDULER
