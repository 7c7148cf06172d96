"""What PostgreSQL would do for a query, asked of itself, so that of two ways to write one the cheaper is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, text

from app.core.db import Model, Prefixed, db

_ROWS = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)")


@dataclass(frozen=True)
class Plan:
    """PostgreSQL's plan: cost in its own unit, whether it scans all friends (`walks`), and the rows expected."""

    cost: float
    walks: bool
    rows: float


def plan_of(query: Select[Any], connection: Connection | None = None) -> Plan:
    """Return how PostgreSQL would run the query at present, in the session or on another connection."""
    top = (connection or db.session).execute(Prefixed("EXPLAIN (FORMAT JSON)", query)).scalar_one()[0]["Plan"]
    return Plan(float(top["Total Cost"]), _walks(top), float(top["Plan Rows"]))


def rows_of(model: type[Model]) -> float:
    """Return how many rows PostgreSQL expects the model's table to hold; -1 before it has looked at the table."""
    return float(db.session.scalars(_ROWS, {"name": model.__tablename__}).one())


def cheaper(queries: Sequence[Select[Any]], connection: Connection | None = None) -> Select[Any]:
    """Return the query that PostgreSQL expects to cost least."""
    return queries[0] if len(queries) == 1 else min(queries, key=lambda query: plan_of(query, connection).cost)


def _walks(node: dict[str, Any]) -> bool:
    is_walk = node["Node Type"] == "Seq Scan" and node.get("Relation Name") == "friends"
    return is_walk or any(_walks(below) for below in node.get("Plans", ()))
