"""Broadcasts that were begun, of which friends therefore may know: to choose from, by id, by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from app.core.db import db, shared
from app.messages.broadcasts.models import Broadcast

MOST_OFFERED = 50


def begun_broadcasts(
    account_id: int,
    search: str = "",
    *,
    keep: Collection[int] = (),
    limit: int = MOST_OFFERED,
    are_tests: bool = False,
) -> Sequence[Broadcast]:
    """Return the newest ones whose name holds the search; those to `keep` come first, whatever their names.

    With `are_tests` only A/B tests are offered.
    """
    query = _begun(account_id).where(Broadcast.id.not_in(keep))
    if are_tests:
        query = query.where(Broadcast.content_b.is_not(None))
    if search:
        query = query.where(func.strpos(func.search_fold(Broadcast.name), func.search_fold(search)) > 0)
    return [*begun_by_id(account_id, keep), *db.session.scalars(query.limit(limit))]


def begun_by_id(account_id: int, broadcast_ids: Collection[int]) -> Sequence[Broadcast]:
    """Return those of these broadcasts that the account has begun, the newest first."""
    if not broadcast_ids:
        return []
    return db.session.scalars(_begun(account_id).where(Broadcast.id.in_(broadcast_ids))).all()


def begun_by_name(account_id: int, names: Collection[str]) -> Mapping[str, Broadcast]:
    """Return the account's newest begun broadcast of each of these names."""
    found = db.session.scalars(_begun(account_id).where(Broadcast.name.in_(names))).all() if names else []
    return {one.name: one for one in reversed(found)}


def ids_begun(account_id: int, *, are_tests: bool = False) -> Select[Any]:
    """Select `id` of the broadcasts that an account has begun, or of its A/B tests alone."""
    query = select(BEGUN.id).where(BEGUN.account_id == account_id, BEGUN.started_at.is_not(None))
    return query.where(BEGUN.content_b.is_not(None)) if are_tests else query


# A name of its own, so that the select stands for itself inside of statements that read broadcasts.
BEGUN = aliased(Broadcast, shared(Broadcast.__table__.alias("begun")))


def _begun(account_id: int) -> Select[Any]:
    mine = select(Broadcast).where(Broadcast.account_id == account_id, Broadcast.started_at.is_not(None))
    return mine.order_by(Broadcast.started_at.desc(), Broadcast.id.desc())
