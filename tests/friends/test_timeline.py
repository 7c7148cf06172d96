"""The timeline's pages and words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.pages import encode_key
from app.friends import timeline, timeline_sources
from app.friends.models import Activity
from app.friends.operations.activity import record_activity
from app.friends.queries.timeline import names_of_members, newer_entries, next_mark, timeline_mark, timeline_page
from app.friends.timeline import Line
from app.friends.timeline_sources import TimelineEntry, TimelinePosition, TimelineSource, columns_of
from app.line.models import Account
from app.team.actors import Actor, ActorKind
from tests.factories.friends import friend

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def emoji(index: int, length: int) -> dict[str, Any]:
    """A LINE emoji in a text, as a webhook tells it."""
    return {"index": index, "length": length, "productId": "p", "emojiId": "001"}


ROWS: dict[str, list[tuple[int, int]]] = {
    # Minutes after START and row id; ids need not rise with time.
    "chat": [(0, 9), (2, 3), (2, 4), (5, 1)],
    "sends": [(2, 3), (2, 7), (9, 8), (1, 5)],
}


@pytest.fixture
def merged() -> Iterator[None]:
    """Two more sources, whose names sort after activities."""
    with timeline_sources.SOURCES.restored():
        for name in ROWS:
            timeline_sources.register(_source(name))
        yield


def _source(name: str) -> TimelineSource:
    def entries() -> list[TimelineEntry]:
        found = [
            TimelineEntry(name, number, START + timedelta(minutes=at), Line("tag", name)) for at, number in ROWS[name]
        ]
        return sorted(found, key=lambda entry: entry.place, reverse=True)

    return TimelineSource(
        name,
        lambda friend_id, place, limit: [one for one in entries() if place is None or one.place < place][:limit],
        lambda friend_id, number, limit: [one for one in entries() if one.number > number][:limit],
        lambda friend_id: max(one.number for one in entries()),
    )


def walk(friend_id: int, size: int) -> list[TimelineEntry]:
    """All pages one after the other."""
    seen: list[TimelineEntry] = []
    after = None
    while True:
        page = timeline_page(friend_id, after, size=size)
        assert len(page.rows) <= size
        seen += page.rows
        after = page.next
        if after is None:
            return seen


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_follow_each_other_without_gap_or_repeat(place: Account, merged: None, size: int) -> None:
    """Also where several sources and rows have the same time."""
    row, other = friend(place), friend(place)
    for number in range(7):
        record_activity(row, "message", START + timedelta(minutes=number // 2), {"text": str(number), "type": "text"})
    record_activity(other, "message", START)
    db.session.commit()

    seen = walk(row.id, size)

    places = [entry.place for entry in seen]
    assert places == sorted(places, reverse=True) and len(set(places)) == 7 + 4 + 4
    assert [entry.line.detail for entry in seen if entry.source == "activities"] == ["6", "5", "4", "3", "2", "1", "0"]
    assert [(one.source, one.number) for one in seen if one.occurred_at == START + timedelta(minutes=2)][:4] == [
        ("sends", 7),
        ("sends", 3),
        ("chat", 4),
        ("chat", 3),
    ]


@pytest.mark.parametrize("name", ["aaa", "activities", "zzz"])
def test_rows_below_a_place_of_any_source(place: Account, name: str) -> None:
    """As SQL tells them, a place compares as entries do."""
    row = friend(place)
    for minute in (0, 1, 1, 2):
        record_activity(row, "message", START + timedelta(minutes=minute))
    db.session.commit()
    found = db.session.scalars(select(Activity)).all()
    for edge in found:
        here = TimelinePosition(edge.occurred_at, name, edge.id)
        query = select(Activity.id).where(here.older("activities", *columns_of(Activity)))
        expected = {one.id for one in found if TimelinePosition(one.occurred_at, "activities", one.id) < here}
        assert set(db.session.scalars(query)) == expected


def test_what_is_new_in_any_source_comes_once(place: Account, merged: None, monkeypatch: pytest.MonkeyPatch) -> None:
    row = friend(place)
    record_activity(row, "message", START)
    mark = timeline_mark(row.id, timeline_page(row.id, size=2).rows)
    assert newer_entries(row.id, mark) == []

    record_activity(row, "message", START - timedelta(days=1))
    monkeypatch.setitem(ROWS, "sends", [*ROWS["sends"], (3, 9)])
    news = newer_entries(row.id, mark)

    assert [entry.source for entry in news] == ["sends", "activities"]
    assert newer_entries(row.id, next_mark(mark, news)) == []


def test_a_source_that_is_added_later_shows_its_rows_once(place: Account, merged: None) -> None:
    row = friend(place)
    older = encode_key({"activities": 0, "chat": 9})
    news = newer_entries(row.id, older)
    assert {entry.source for entry in news} == {"sends"} and len(news) == 4
    assert newer_entries(row.id, next_mark(older, news)) == []


def test_a_source_has_a_name_of_its_own(merged: None) -> None:
    with pytest.raises(ValueError, match="chat"):
        timeline_sources.register(_source("chat"))


ENDLESS = encode_key("2026-01-01T00:00:00+00:00", "activities", float("inf"))


@pytest.mark.parametrize(
    "key", ["x", "WzEsMl0", "WyJ4IiwxXQ", encode_key("x", "activities", 1), encode_key(1, 2, 3), ENDLESS]
)
def test_an_invented_key_is_refused(place: Account, key: str) -> None:
    with pytest.raises(InvalidInput):
        timeline_page(friend(place).id, key)


@pytest.mark.parametrize("mark", ["", "x", encode_key(5), encode_key({"activities": "x"})])
def test_an_invented_mark_is_refused(place: Account, mark: str) -> None:
    with pytest.raises(InvalidInput):
        newer_entries(friend(place).id, mark)


def test_members_are_named_and_removed_ones_are_not(place: Account, people: SimpleNamespace) -> None:
    row = friend(place)
    record_activity(row, "tag_added", START, actor=Actor.of_member(people.alice))
    record_activity(row, "tag_added", START, actor=Actor(ActorKind.MEMBER, 999_999, "Gone"))
    db.session.commit()

    assert names_of_members(timeline_page(row.id).rows) == {people.alice.id: "Alice"}
    assert row.last_activity_at is None


@pytest.mark.parametrize(
    ("kind", "data", "title", "detail"),
    [
        ("followed", {}, "Added the account as a friend", ""),
        ("message", {"type": "text", "text": "hi"}, "Wrote a message", "hi"),
        (
            "message",
            {"type": "text", "text": "😀 (heart)()!", "emojis": [emoji(3, 7), emoji(10, 2)]},
            "Wrote a message",
            "😀 heartLINE emoji!",
        ),
        # Places that name no placeholder, or one twice.
        (
            "message",
            {"type": "text", "text": "a (b) c", "emojis": [emoji(0, 1), emoji(-1, 3), emoji(2, 99), "x", {}]},
            "Wrote a message",
            "a (b) c",
        ),
        (
            "message",
            {"type": "text", "text": "(b)(c)", "emojis": [emoji(0, 3), emoji(0, 3)]},
            "Wrote a message",
            "b(c)",
        ),
        ("message", {"type": "text", "text": "(heart)"}, "Wrote a message", "(heart)"),
        ("message", {"type": "text", "text": "hi", "group_id": "C1"}, "Wrote a message in a group", "hi"),
        ("message", {"message_id": "1", "unsent": True}, "Took a message back", ""),
        ("message", {"type": "location", "title": "駅", "address": "東京"}, "Sent a place", "駅 · 東京"),
        ("message", {"type": "sticker", "stickerId": "1988"}, "Sent a sticker", "Sticker"),
        ("message", {"type": "sticker", "stickerId": "1", "text": "Thanks"}, "Sent a sticker", "Thanks"),
        ("message", {"type": "hologram"}, "Sent a message", ""),
        ("postback", {"data": "a=1", "params": {"date": "2026-01-01"}}, "Tapped a button", "a: 1 · Jan 1, 2026"),
        ("postback", {"data": "table_for=2&x="}, "Tapped a button", "table for: 2 · x"),
        ("postback", {"data": "a=1", "label": "予約する"}, "Tapped a button", "予約する"),
        ("postback", {"data": "buy now", "params": {"time": "09:30"}}, "Tapped a button", "buy now · 09:30"),
        ("postback", {"data": "", "params": {"datetime": "2026-01-01T09:30"}}, "Tapped a button", "Jan 1, 2026 09:30"),
        (
            "postback",
            {"data": "a=1", "params": {"newRichMenuAliasId": "menu-b", "status": "SUCCESS"}},
            "Switched the rich menu",
            "menu-b",
        ),
        (
            "attributes_changed",
            {"changes": {"attributes.birthday": [None, "1990-04-24"]}, "labels": {"attributes.birthday": "Birthday"}},
            "Details were changed",
            "Birthday: – → Apr 24, 1990",
        ),
        (
            "attributes_changed",
            {"changes": {"email": [None, "a@b.c"]}, "labels": {}, "source": "hubspot"},
            "Details were changed · by HubSpot",
            "E-mail: – → a@b.c",
        ),
        ("video_watched", {"tracking_id": "v"}, "Watched a video to the end", "v"),
        ("tag_added", {"name": "VIP"}, "Tag added", "VIP"),
        (
            "attributes_changed",
            {
                "changes": {"email": [None, "a@b.c"], "attributes.m": [True, False]},
                "labels": {"attributes.m": "Member"},
            },
            "2 details were changed",
            "E-mail: – → a@b.c\nMember: Yes → No",
        ),
        ("tea_poured", {}, "tea poured", ""),
    ],
)
def test_how_lines_read(app: Any, kind: str, data: dict[str, Any], title: str, detail: str) -> None:
    with app.test_request_context():
        line = timeline.describe(kind, data)
    assert (line.title, line.detail) == (title, detail)


def test_every_kind_has_an_icon_that_exists(app: Any) -> None:
    from app.core.templating import icon

    for kind in (*timeline._described, "unknown"):
        assert "<svg" in icon(timeline.describe(kind, {}).icon)
    for name, _title in timeline._MESSAGES.values():
        assert "<svg" in icon(name)


def test_upper_layers_may_add_kinds(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "_described", dict(timeline._described))
    timeline.register("ordered", lambda data: timeline.Line("tag", "Ordered", data["what"]))

    assert timeline.describe("ordered", {"what": "tea"}).detail == "tea"
