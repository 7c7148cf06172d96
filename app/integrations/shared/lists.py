"""Lists of other services' records, as conditions and steps choose them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, Text, collate, func, select

from app.core.db import db
from app.integrations.shared.models import RemoteList

# So many are offered at once; typing finds the others.
OFFERED = 50


def lists_like(integration_id: int, typed: str, keep: Collection[int]) -> Sequence[RemoteList]:
    """Return lists to choose from, by name; those to `keep` (chosen already) come first, whatever their names."""
    holds = func.strpos(func.search_fold(RemoteList.name), func.search_fold(typed.strip(), type_=Text)) > 0
    query = _lists(integration_id).where(RemoteList.id.not_in(keep), *([holds] if typed.strip() else []))
    return [*lists_by_id(integration_id, keep), *db.session.scalars(query.limit(OFFERED))]


def lists_by_id(integration_id: int, list_ids: Collection[int]) -> Sequence[RemoteList]:
    """Return those of these lists that there are, by name."""
    if not list_ids:
        return []
    return db.session.scalars(_lists(integration_id).where(RemoteList.id.in_(list_ids))).all()


def lists_by_name(integration_id: int, names: Collection[str]) -> dict[str, RemoteList]:
    """Return the lists of these names; of equal names the one that was there first."""
    query = _lists(integration_id).where(RemoteList.name.in_(names))
    found = sorted(db.session.scalars(query), key=lambda one: one.id, reverse=True)
    return {one.name: one for one in found}


def _lists(integration_id: int) -> Select[Any]:
    there = RemoteList.integration_id == integration_id, RemoteList.deleted_at.is_(None)
    return select(RemoteList).where(*there).order_by(collate(func.search_fold(RemoteList.name), "C"), RemoteList.id)
