"""Segments of an account: one, all that are listed, their folders, and those that look at a tag."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, text

from app.core.db import db
from app.core.errors import NotFound
from app.core.pages import Order, Page, PagePosition, by_number, page_by_key, placed
from app.folders.queries import FolderLine, FolderScope, count_filed, filed_page, folders_of, get_filed, name_key
from app.segments.conditions.definition import ParsedDefinition, parse_stored
from app.segments.kind import SEGMENTS
from app.segments.models import Segment, SegmentVersion
from app.team.models import AuditEntry

PAGE_SIZE = 50
_USING = text("""
    jsonb_path_exists(segments.definition,
                      '$.groups[*].conditions[*] ? (@.property == "tag").values[*] ? (@ == $tag)',
                      jsonb_build_object('tag', CAST(:tag_id AS bigint)))
""")


def get_segment(account_id: int, segment_id: int) -> Segment:
    """Return the account's segment; raises NotFound."""
    return get_filed(account_id, Segment, segment_id)


def reading_of(segment: Segment) -> ParsedDefinition:
    """Return the segment's definition as nodes, with what is wrong about it now."""
    return parse_stored(segment.account_id, [segment.definition])[0]


def readings_of(account_id: int, segments: Sequence[Segment]) -> Mapping[int, ParsedDefinition]:
    """Return the definitions of several segments of an account, by segment id."""
    readings = parse_stored(account_id, [segment.definition for segment in segments])
    return dict(zip((segment.id for segment in segments), readings, strict=True))


def segments_page(
    scope: FolderScope, order: Order, *, after: str | None = None, before: str | None = None, size: int | None = None
) -> Page[Segment]:
    """Return a page of these segments in this order; raises InvalidInput for an invented key."""
    number = func.coalesce(Segment.friends, -1).label("number")
    return filed_page(SEGMENTS, scope, order, columns=[number], after=after, before=before, size=size)


def count_segments(account_id: int) -> int:
    """Count the account's segments."""
    return count_filed(account_id, SEGMENTS)


def segments_by_id(account_id: int, ids: Collection[int]) -> Sequence[Segment]:
    """Return those of these segments that the account has."""
    query = select(Segment).where(Segment.account_id == account_id, Segment.id.in_(ids))
    return db.session.scalars(query.order_by(Segment.id)).all()


def all_segments(account_id: int) -> Sequence[Segment]:
    """Return all segments of an account, by name."""
    query = select(Segment).where(Segment.account_id == account_id)
    return db.session.scalars(query.order_by(name_key(Segment.name), Segment.id)).all()


def segments_using_tag(tag_id: int) -> Sequence[Segment]:
    """Return segments with a condition on this tag, by name."""
    query = select(Segment).where(_USING.bindparams(tag_id=tag_id))
    return db.session.scalars(query.order_by(name_key(Segment.name), Segment.id)).all()


def segments_using_property(account_id: int, name: str) -> Sequence[Segment]:
    """Return segments of an account with a condition on this property, by name."""
    uses = Segment.definition.contains({"groups": [{"conditions": [{"property": name}]}]})
    query = select(Segment).where(Segment.account_id == account_id, uses)
    return db.session.scalars(query.order_by(name_key(Segment.name))).all()


def folders(account_id: int) -> Sequence[FolderLine]:
    """Return the account's folders of segments by name."""
    return folders_of(account_id, SEGMENTS)


def versions_page(segment_id: int, place: PagePosition, *, oldest: bool = False) -> Page[SegmentVersion]:
    """Return one page of the versions, the newest or the oldest first; raises InvalidInput for an invented key."""
    order = Order("number", "", "number", "number", by_number, descending=not oldest)

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        query = select(SegmentVersion).where(SegmentVersion.segment_id == segment_id, *beyond)
        return db.session.scalars(query.order_by(*order.sorting(backwards)).limit(limit)).all()

    return placed(page_by_key(fetch, order, place.after, place.before, place.size or PAGE_SIZE), place)


def version_before(segment_id: int, number: int) -> SegmentVersion | None:
    """Return the version of the segment that a version replaced."""
    query = select(SegmentVersion).where(SegmentVersion.segment_id == segment_id, SegmentVersion.number < number)
    return db.session.scalars(query.order_by(SegmentVersion.number.desc()).limit(1)).one_or_none()


def get_version(segment_id: int, number: int) -> SegmentVersion:
    """Return the `number`th version of the segment; raises NotFound."""
    query = select(SegmentVersion).where(SegmentVersion.segment_id == segment_id, SegmentVersion.number == number)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def deletion_of(account_id: int, segment_id: int) -> AuditEntry | None:
    """Return who deleted a segment of the account and when, from the audit log; None when it was not deleted."""
    query = select(AuditEntry).where(
        AuditEntry.account_id == account_id,
        AuditEntry.action == "segment.deleted",
        AuditEntry.target_id == str(segment_id),
    )
    return db.session.scalars(query.order_by(AuditEntry.at.desc()).limit(1)).one_or_none()
