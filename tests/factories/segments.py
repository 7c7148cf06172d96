"""Segments and their definitions for tests."""

from __future__ import annotations

from itertools import count
from typing import Any

from app.core.db import db
from app.line.models import Account
from app.segments.models import Folder, Segment, SegmentVersion

_numbers = count(1)


def condition(property: str, operator: str, *values: Any) -> dict[str, Any]:
    """A condition as it is stored."""
    return {"property": property, "operator": operator, "values": list(values)}


def definition(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    """A definition of these groups, each a list of conditions."""
    return {"version": 1, "groups": [{"conditions": group} for group in groups]}


def excluding(wanted: dict[str, Any], *groups: list[dict[str, Any]]) -> dict[str, Any]:
    """The definition with further groups that leave friends out."""
    left_out = [{"conditions": group, "excludes": True} for group in groups]
    return {"version": 2, "groups": [*wanted["groups"], *left_out]}


FOLLOWING = definition([condition("line.follow_status", "any_of", "following")])


def segment(account: Account, name: str = "", definition: dict[str, Any] | None = None, **values: Any) -> Segment:
    """A stored segment with its first version; of everyone who follows, unless it is said otherwise."""
    row = Segment(
        account_id=account.id,
        name=name or f"Segment {next(_numbers)}",
        definition=FOLLOWING if definition is None else definition,
        **values,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add(
        SegmentVersion(
            segment_id=row.id,
            number=row.version or 1,
            name=row.name,
            definition=row.definition,
            member_id=row.updated_by,
        )
    )
    db.session.commit()
    return row


def folder(account: Account, name: str = "") -> Folder:
    """A stored folder."""
    row = Folder(account_id=account.id, name=name or f"Folder {next(_numbers)}")
    db.session.add(row)
    db.session.commit()
    return row
