"""Which custom attributes friends of an account may have."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

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
