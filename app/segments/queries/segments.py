"""Segments of an account: one, all that are listed, their folders, and those that look at a tag."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, collate, func, select, text

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _l
from app.core.pages import Order, Page, PagePosition, by_name, by_number, by_time, page_by_key, placed
from app.segments.conditions.definition import ParsedDefinition, parse_definition, parse_definitions
from app.segments.conditions.properties import catalogue
from app.segments.models import Folder, Segment, SegmentVersion
from app.team.models import AuditEntry

PAGE_SIZE = 50
ORDERS = {
    order.name: order
    for order in (
        Order("updated", _l("Last updated first"), "updated_at", "updated_at", by_time, descending=True),
        Order("earliest", _l("Last updated last"), "updated_at", "updated_at", by_time),
        Order("name", _l("By name"), "name_key", "name_key", by_name),
        Order("name_down", _l("By name, backwards"), "name_key", "name_key", by_name, descending=True),
        Order("friends", _l("Most friends first"), "number", "number", by_number, descending=True),
        Order("fewest", _l("Fewest friends first"), "number", "number", by_number),
    )
}
# No folder at all, where a folder can be asked for.
ROOT = 0
_USING = text("""
    jsonb_path_exists(segments.definition,
                      '$.groups[*].conditions[*] ? (@.property == "tag").values[*] ? (@ == $tag)',
                      jsonb_build_object('tag', CAST(:tag_id AS bigint)))
""")


def get_segment(account_id: int, segment_id: int) -> Segment:
    """Return the account's segment; raises NotFound."""
    segment = db.session.get(Segment, segment_id)
    if segment is None or segment.account_id != account_id:
        raise NotFound
    return segment


def get_folder(account_id: int, folder_id: int) -> Folder:
    """Return the account's folder; raises NotFound."""
    folder = db.session.get(Folder, folder_id)
    if folder is None or folder.account_id != account_id:
        raise NotFound
    return folder


def reading_of(segment: Segment) -> ParsedDefinition:
    """Return the segment's definition as nodes, with what is wrong about it now."""
    return parse_definition(segment.definition, catalogue(segment.account_id))


def readings_of(account_id: int, segments: Sequence[Segment]) -> Mapping[int, ParsedDefinition]:
    """Return the definitions of several segments of an account, by segment id."""
    readings = parse_definitions([segment.definition for segment in segments], catalogue(account_id))
    return dict(zip((segment.id for segment in segments), readings, strict=True))


def segments_page(
    account_id: int,
    search: str,
    order: Order,
    *,
    folder_id: int | None = None,
    after: str | None = None,
    before: str | None = None,
    size: int | None = None,
) -> Page[Segment]:
    """Return the segments whose name contains this text, in this order; raises InvalidInput for an invented key.

    `folder_id`: only those of a folder, ROOT for those in none.
    """
    listed = _sortable(account_id, search, folder_id).subquery("segments")

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        query = select(listed.c.id, listed.c[order.column]).where(*beyond)
        return db.session.execute(query.order_by(*order.sorting(backwards)).limit(limit)).all()

    page = page_by_key(fetch, order, after, before, size or PAGE_SIZE)
    by_id = {one.id: one for one in _by_id([row.id for row in page.rows])}
    return Page([by_id[row.id] for row in page.rows], page.next, page.previous)


def count_segments(account_id: int) -> int:
    """Count the account's segments."""
    return db.session.scalars(select(func.count()).select_from(Segment).where(Segment.account_id == account_id)).one()


def segments_by_id(account_id: int, ids: Collection[int]) -> Sequence[Segment]:
    """Return those of these segments that the account has."""
    query = select(Segment).where(Segment.account_id == account_id, Segment.id.in_(ids))
    return db.session.scalars(query.order_by(Segment.id)).all()


def all_segments(account_id: int) -> Sequence[Segment]:
    """Return all segments of an account, by name."""
    query = select(Segment).where(Segment.account_id == account_id)
    return db.session.scalars(query.order_by(_name_key(), Segment.id)).all()


def segments_using_tag(tag_id: int) -> Sequence[Segment]:
    """Return segments with a condition on this tag, by name."""
    query = select(Segment).where(_USING.bindparams(tag_id=tag_id))
    return db.session.scalars(query.order_by(_name_key(), Segment.id)).all()


def segments_using_property(account_id: int, name: str) -> Sequence[Segment]:
    """Return segments of an account with a condition on this property, by name."""
    uses = Segment.definition.contains({"groups": [{"conditions": [{"property": name}]}]})
    return db.session.scalars(select(Segment).where(Segment.account_id == account_id, uses).order_by(_name_key())).all()


@dataclass(frozen=True)
class FolderLine:
    """A folder and how many segments are in it."""

    folder: Folder
    segments: int


def folders(account_id: int) -> Sequence[FolderLine]:
    """Return the account's folders by name."""
    number = select(func.count()).where(Segment.folder_id == Folder.id).correlate(Folder).scalar_subquery()
    query = select(Folder, number).where(Folder.account_id == account_id)
    rows = db.session.execute(query.order_by(func.search_fold(Folder.name), Folder.id))
    return [FolderLine(folder, int(segments)) for folder, segments in rows]


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


def _sortable(account_id: int, search: str, folder_id: int | None) -> Select[*tuple[Any, ...]]:
    columns: list[ColumnElement[Any]] = [
        Segment.id.expression,
        Segment.updated_at.expression,
        _name_key().label("name_key"),
        func.coalesce(Segment.friends, -1).label("number"),
    ]
    query = select(*columns).where(Segment.account_id == account_id)
    if search.strip():
        query = query.where(func.strpos(func.search_fold(Segment.name), func.search_fold(search.strip())) > 0)
    if folder_id is not None:
        query = query.where(Segment.folder_id.is_(None) if folder_id == ROOT else Segment.folder_id == folder_id)
    return query


def _by_id(ids: Sequence[int]) -> Sequence[Segment]:
    return db.session.scalars(select(Segment).where(Segment.id.in_(ids))).all()


def _name_key() -> ColumnElement[Any]:
    return collate(func.search_fold(Segment.name, type_=Text), "C")
