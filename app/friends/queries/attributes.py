"""Which custom attributes friends of an account may have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import NotFound
from app.friends.models import AttributeDefinition


def attribute_definitions(account_id: int) -> Sequence[AttributeDefinition]:
    """Return the account's custom attributes in the order that its members chose."""
    query = (
        select(AttributeDefinition)
        .where(AttributeDefinition.account_id == account_id, AttributeDefinition.deleted_at.is_(None))
        .order_by(AttributeDefinition.position, AttributeDefinition.id)
    )
    return db.session.scalars(query).all()


def get_definition(account_id: int, definition_id: int) -> AttributeDefinition:
    """Return the account's custom attribute; raises NotFound."""
    found = db.session.get(AttributeDefinition, definition_id)
    if found is None or found.account_id != account_id or found.deleted_at is not None:
        raise NotFound
    return found


def free_key(account_ids: Collection[int], label: str) -> str:
    """Return a key that none of the accounts ever used, also not for an attribute that is still being deleted."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40] or "attribute"
    query = select(AttributeDefinition.key).where(AttributeDefinition.account_id.in_(account_ids))
    taken = set(db.session.scalars(query.where(func.starts_with(AttributeDefinition.key, stem))))
    return next(key for key in (stem, *(f"{stem}_{n}" for n in range(2, len(taken) + 3))) if key not in taken)
