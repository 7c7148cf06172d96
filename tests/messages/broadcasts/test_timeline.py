"""Broadcasts on the timeline of a friend, from the ledger."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import db
from app.friends.models import Friend
from app.friends.queries.timeline import newer_entries, timeline_mark, timeline_page
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import staged
from tests.support.sandbox import SandboxServer


def titles(friend_id: int, **page: str) -> list[str]:
    return [entry.line.detail.strip("\u2068\u2069") for entry in timeline_page(friend_id, **page).rows]


def test_friends_see_on_their_timeline_what_line_took_for_them(line: SandboxServer, connect: Connect) -> None:
    stage = staged(line, connect, 3)
    hana = db.session.scalars(select(Friend.id).order_by(Friend.line_user_id)).first()
    assert hana is not None
    stage.sent(name="Spring")
    assert titles(hana) == ["Spring"]
    mark = timeline_mark(hana, [])
    assert newer_entries(hana, mark) == []
    stage.draft(name="Only a draft")
    stage.sent(name="Summer")
    assert titles(hana) == ["Summer", "Spring"]
    assert [entry.line.title for entry in newer_entries(hana, mark)] == ["Received a broadcast"]
    first = timeline_page(hana, size=1)
    assert titles(hana, after=first.next or "") == ["Spring"]
