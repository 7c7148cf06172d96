"""Store each source once, so that values and tags only carry its id."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.friends.models import ValueSource
from app.friends.sources import Source


def source_id(account_id: int, source: Source) -> int:
    """The id of the account's row for this source, made at first use; another label replaces the stored one."""
    mine = select(ValueSource).where(
        ValueSource.account_id == account_id,
        ValueSource.kind == source.kind,
        ValueSource.reference == source.reference,
    )
    known = db.session.scalars(mine).one_or_none()
    if known is None:
        values = {"account_id": account_id, "kind": source.kind, "reference": source.reference, "label": source.label}
        db.session.execute(insert(ValueSource).values(**values).on_conflict_do_nothing())
        known = db.session.scalars(mine).one()
    if source.label and known.label != source.label:
        known.label = source.label
    return known.id
