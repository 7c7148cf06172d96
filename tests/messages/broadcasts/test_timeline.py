"""Broadcasts on the timeline of a friend, from the ledger."""

from __future__ import annotations

from sqlalchemy import insert, select

from app.core.clock import database_now, now
from app.core.db import db
from app.friends.models import Friend
from app.friends.queries.timeline import newer_entries, timeline_mark, timeline_page
from app.messages.broadcasts.models import TrackingKind
from app.messages.broadcasts.readers import place_of
from app.messages.tracking.models import LinkFetch, TrackedLink
from app.messages.tracking.operations.judging import judge_fetches
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, staged
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


def test_an_opened_link_leads_to_the_broadcast_that_it_came_with(line: SandboxServer, connect: Connect) -> None:
    stage = staged(line, connect, 1)
    sent = stage.sent(LINKED, name="Spring", tracking=TrackingKind.PERSON)
    link = db.session.scalars(select(TrackedLink)).one()
    fetch = {"link_id": link.id, "friend_id": link.friend_id, "fetched_at": now(), "due_at": database_now()}
    db.session.execute(insert(LinkFetch).values(**fetch))
    db.session.commit()
    judge_fetches()
    assert link.friend_id is not None
    opened = timeline_page(link.friend_id).rows[0].line
    said = opened.detail.replace("\u2068", "").replace("\u2069", "")
    assert (opened.title, said) == ("Opened a link", "Spring\nhttps://shop.example.com/tea")
    assert opened.place == place_of(sent.id)
