"""Every long list says where its reader is, offers sizes of pages, and sorts by the heads of its columns."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from app.core.db import db
from app.line.models import Account, EventState, WebhookEvent
from app.team.models import AuditEntry
from tests.factories import friends, line, segments
from tests.support.client import CheckingClient

START = datetime(2026, 5, 1, tzinfo=UTC)
ROWS = 60


@pytest.fixture
def place(app: object) -> Account:
    return line.account()


def friends_list(place: Account) -> str:
    for n in range(ROWS):
        friends.friend(place, display_name=f"{n:02}", followed_at=START + timedelta(minutes=n))
    return f"/accounts/{place.id}/friends"


def tags_list(place: Account) -> str:
    for n in range(ROWS):
        friends.tag(place, f"{n:02}")
    return f"/accounts/{place.id}/tags"


def segments_list(place: Account) -> str:
    for n in range(ROWS):
        segments.segment(place, name=f"{n:02}")
    return f"/accounts/{place.id}/segments"


def events_list(place: Account) -> str:
    rows = [
        WebhookEvent(
            account_id=place.id,
            event_id=str(n),
            type="follow",
            source_id=f"{n:02}",
            occurred_at=START,
            received_at=START + timedelta(minutes=n),
            payload={},
            state=EventState.PROCESSED,
        )
        for n in range(ROWS)
    ]
    db.session.add_all(rows)
    return f"/accounts/{place.id}/webhook-events"


def audit_list(place: Account) -> str:
    db.session.add_all(
        AuditEntry(actor_name=f"{n:02}", action="tag.created", at=START + timedelta(minutes=n)) for n in range(ROWS)
    )
    return "/audit-log"


LISTS = {
    "friends": (friends_list, "Friend added"),
    "tags": (tags_list, "Name"),
    "segments": (segments_list, "Name"),
    "events": (events_list, "Received"),
    "audit": (audit_list, "Time"),
}


@pytest.fixture(params=LISTS)
def listed(request: pytest.FixtureRequest, place: Account) -> tuple[str, str]:
    """The address of a list of sixty rows, and the head of one of its columns."""
    make, head = LISTS[request.param]
    path = make(place)
    db.session.commit()
    return path, head


def links(html: str) -> dict[str, str]:
    found = re.findall(r'<a class="(?:btn|pager-size|sort-link)"[^>]* href="([^"]+)"[^>]*>(.*?)</a>', html, re.DOTALL)
    return {re.sub(r"<[^>]+>", "", words).strip(): unescape(address) for address, words in found}


def position(html: str) -> str:
    found = re.search(r'class="pager-position">([^<]*)<', html)
    assert found
    return found.group(1).replace("\u2068", "").replace("\u2069", "").strip()


def names(html: str) -> list[str]:
    return re.findall(
        r">\s*(?:<bdi>)?([0-5][0-9])(?:</bdi>)?\s*<", html.partition("<tbody")[2].partition("</tbody>")[0]
    )


def test_the_reader_is_told_where_they_are(as_alice: CheckingClient, listed: tuple[str, str]) -> None:
    first = as_alice.get(listed[0]).text
    assert position(first).startswith("1–50")
    second = as_alice.get(links(first)["Next"]).text
    assert position(second).startswith("51–60")
    assert position(as_alice.get(links(second)["Previous"]).text).startswith("1–50")


def test_the_size_of_pages_is_chosen_and_stays(as_alice: CheckingClient, listed: tuple[str, str]) -> None:
    small = as_alice.get(links(as_alice.get(listed[0]).text)["25"]).text
    assert position(small).startswith("1–25") and len(names(small)) == 25
    following = as_alice.get(links(small)["Next"]).text
    assert position(following).startswith("26–50")
    whole = as_alice.get(links(following)["100"]).text
    assert position(whole).startswith("1–60") and len(names(whole)) == ROWS


def test_a_head_sorts_its_column_and_turns_it_round(as_alice: CheckingClient, listed: tuple[str, str]) -> None:
    path, head = listed
    once = as_alice.get(links(as_alice.get(f"{path}?size=100").text)[head]).text
    twice = as_alice.get(links(once)[head]).text
    assert len(names(once)) == ROWS and names(once) == names(twice)[::-1]
    assert sorted(names(once)) in (names(once), names(twice))
    assert {re.search(r'aria-sort="(\w+)"', html).group(1) for html in (once, twice)} == {"ascending", "descending"}  # type: ignore[union-attr]
