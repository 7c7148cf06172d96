"""Each friend keeps last open and last click; the profile shows both, and a tracked video counts as an open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.core.db import db
from app.core.events import announce
from app.friends.models import Friend
from app.friends.queries.timeline import timeline_page
from app.line.events import VideoWatched
from app.line.models import Account
from tests.support.client import CheckingClient

WATCHED = datetime(2026, 4, 2, 3, 0, tzinfo=UTC)


def watched(account: Account, friend: Friend, number: int, at: datetime, tracking_id: str = "spring") -> None:
    announce(VideoWatched(account.id, at, number, line_user_id=friend.line_user_id, tracking_id=tracking_id))
    db.session.commit()


def test_a_video_watched_to_its_end_is_an_open(account: Account, hana: Friend) -> None:
    watched(account, hana, 1, WATCHED)
    watched(account, hana, 2, WATCHED - timedelta(days=1), "winter")
    db.session.refresh(hana)
    assert hana.last_open_at == WATCHED, "One that LINE tells late changes nothing."
    assert hana.last_click_at is None
    lines = [(entry.line.title, entry.line.detail) for entry in timeline_page(hana.id).rows]
    assert lines == [("Watched a video to the end", "spring"), ("Watched a video to the end", "winter")]


def test_the_profile_shows_both_and_says_what_an_open_is(
    as_alice: CheckingClient, account: Account, hana: Friend
) -> None:
    path = f"/accounts/{account.id}/friends/{hana.id}"
    unknown = as_alice.get(path).text
    assert "Last open" in unknown and "Not known" in unknown
    assert "LINE does not tell who reads a message." in unknown
    hana.last_open_at, hana.last_click_at = WATCHED, WATCHED + timedelta(hours=1)
    db.session.commit()
    page = as_alice.get(path).text
    assert page.index("2026-04-02T03:00") < page.index("2026-04-02T04:00")
    assert "Not known</dd>" not in page
