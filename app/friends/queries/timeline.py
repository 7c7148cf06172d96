"""The timeline of one friend, newest first: merged from all registered sources, paged by key."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import select

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.pages import Page, decode_key, encode_key
from app.friends.queries.activities import ACTIVITIES
from app.friends.queries.undone import UNDONE
from app.friends.timeline_sources import SOURCES, TimelineEntry, TimelinePosition, register
from app.team.models import Member

PAGE_SIZE = 30
MOST_NEW = 100
register(ACTIVITIES)
register(UNDONE)


def timeline_page(friend_id: int, after: str | None = None, size: int | None = None) -> Page[TimelineEntry]:
    """Return the entries after a key; raises InvalidInput for an invented key.

    Each source returns one entry more than a page, so that a page costs the same however many entries there are.
    """
    place, size = _place(after) if after else None, size or PAGE_SIZE
    found = _merge([source.page(friend_id, place, size + 1) for source in SOURCES.values()], size + 1)
    rows = found[:size]
    return Page(rows, next=_key(rows[-1].place) if len(found) > size else None)


def timeline_mark(friend_id: int, shown: Sequence[TimelineEntry]) -> str:
    """Return the mark that `newer_entries` continues from: the greatest row id of each source, shown or of all."""
    return _mark({source.name: source.latest(friend_id) for source in SOURCES.values()}, shown)


def next_mark(mark: str, shown: Sequence[TimelineEntry]) -> str:
    """Return the mark after these newer entries were shown; raises InvalidInput for an invented mark."""
    return _mark(_marked(mark), shown)


def newer_entries(friend_id: int, mark: str) -> Sequence[TimelineEntry]:
    """Return the entries stored since the mark, newest first; LINE may send old events late.

    Raises InvalidInput for an invented mark.
    """
    known = _marked(mark)
    found = [source.newer(friend_id, known.get(source.name, 0), MOST_NEW) for source in SOURCES.values()]
    return _merge(found, MOST_NEW)


def names_of_members(entries: Sequence[TimelineEntry]) -> Mapping[int, str]:
    """Return names of the members behind these entries; removed members are left out."""
    ids = {entry.member_id for entry in entries if entry.member_id is not None}
    query = select(Member.id, Member.name).where(Member.id.in_(ids))
    return {row.id: row.name for row in db.session.execute(query)} if ids else {}


def _merge(found: Sequence[Sequence[TimelineEntry]], limit: int) -> list[TimelineEntry]:
    return list(islice(heapq.merge(*found, key=lambda entry: entry.place, reverse=True), limit))


def _mark(known: Mapping[str, int], shown: Sequence[TimelineEntry]) -> str:
    greatest = dict(known)
    for entry in shown:
        greatest[entry.source] = max(greatest.get(entry.source, 0), entry.number)
    return encode_key(greatest)


def _key(place: TimelinePosition) -> str:
    return encode_key(place.occurred_at.isoformat(), place.source, place.number)


def _place(key: str) -> TimelinePosition:
    moment, source, number = decode_key(key, 3)
    try:
        return TimelinePosition(datetime.fromisoformat(moment), str(source), int(number))
    except (TypeError, ValueError, OverflowError) as error:
        raise _invented() from error


def _marked(mark: str) -> dict[str, int]:
    """Return the mark's ids by source; a source that was registered later starts with its first row."""
    (found,) = decode_key(mark, 1)
    if not isinstance(found, dict) or not all(isinstance(number, int) for number in found.values()):
        raise _invented()
    return found


def _invented() -> InvalidInput:
    return InvalidInput(after=_l("This page address is not valid. Start again from the first page."))
