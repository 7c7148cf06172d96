"""The timeline's pages and words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.db import db
from app.core.errors import InvalidInput
from app.friends import timeline
from app.friends.operations.activity import record_activity
from app.friends.queries.timeline import names_of_members, timeline_page
from app.line.models import Account
from tests.factories.friends import friend

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_pages_follow_each_other_without_gap_or_repeat(place: Account) -> None:
    row, other = friend(place), friend(place)
    for number in range(7):
        record_activity(row, "message", START + timedelta(minutes=number // 2), {"message_id": str(number)})
    record_activity(other, "message", START)
    db.session.commit()

    seen: list[str] = []
    after = None
    while True:
        page = timeline_page(row.id, after, size=2)
        seen += [line.data["message_id"] for line in page.rows]
        after = page.next
        if after is None:
            break
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize("key", ["x", "WzEsMl0", "WyJ4IiwxXQ"])
def test_an_invented_key_is_refused(place: Account, key: str) -> None:
    with pytest.raises(InvalidInput):
        timeline_page(friend(place).id, key)


def test_members_are_named_and_removed_ones_are_not(place: Account, people: SimpleNamespace) -> None:
    row = friend(place)
    record_activity(row, "tag_added", START, member_id=people.alice.id, by_friend=False)
    record_activity(row, "tag_added", START, member_id=999_999, by_friend=False)
    db.session.commit()

    assert names_of_members(timeline_page(row.id)) == {people.alice.id: "Alice"}
    assert row.last_activity_at is None


@pytest.mark.parametrize(
    ("kind", "data", "title", "detail"),
    [
        ("followed", {}, "Added the account as a friend", ""),
        ("message", {"type": "text", "text": "hi"}, "Wrote a message", "hi"),
        ("message", {"type": "text", "text": "hi", "group_id": "C1"}, "Wrote a message in a group", "hi"),
        ("message", {"message_id": "1", "unsent": True}, "Took a message back", ""),
        ("message", {"type": "location", "title": "駅", "address": "東京"}, "Sent a place", "駅 · 東京"),
        ("message", {"type": "hologram"}, "Sent a message", ""),
        ("postback", {"data": "a=1", "params": {"date": "2026-01-01"}}, "Tapped a button", "a=1 · 2026-01-01"),
        ("video_watched", {"tracking_id": "v"}, "Watched a video to the end", "v"),
        ("tag_added", {"name": "VIP"}, "Tag added", "VIP"),
        (
            "attributes_changed",
            {
                "changes": {"email": [None, "a@b.c"], "attributes.m": [True, False]},
                "labels": {"attributes.m": "Member"},
            },
            "2 details were changed",
            "E-mail: – → a@b.c\nMember: yes → no",
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


def test_floors_above_may_add_kinds(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "_described", dict(timeline._described))
    timeline.register("ordered", lambda data: timeline.Line("tag", "Ordered", data["what"]))

    assert timeline.describe("ordered", {"what": "tea"}).detail == "tea"
