"""Pages are read ahead of what is stored: a few of them, in order, and none in vain."""

from __future__ import annotations

import time
from itertools import count

import pytest

from app.core.errors import PermanentFailure
from app.integrations.hubspot.gateway import objects, rate
from app.integrations.hubspot.gateway.objects import CONTACTS, RecordPage
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.hubspot.sync.reader import MOST_AHEAD, PagesAhead, SyncReader
from tests.integrations.hubspot.gateway.conftest import Grantee
from tests.sandbox.hubspot.portals import Portal

MANY = 12


def request(after: str | None = None) -> HubSpotRequest[RecordPage]:
    """Ask for a page of one contact."""
    return objects.page(CONTACTS, ["email"], after, limit=1)


def following(page: RecordPage) -> HubSpotRequest[RecordPage] | None:
    return request(page.after) if page.after else None


@pytest.fixture
def reader(at_hubspot: Portal, grantee: Grantee) -> SyncReader:
    """A reader of a portal with so many contacts, whose limit is far away."""
    at_hubspot.control("PATCH", "", {"population": {"contacts": MANY}})
    grantee.per_ten_seconds = 100_000
    return SyncReader(grantee)


def asked(portal: Portal) -> int:
    return sum(one["path"].startswith("/crm/objects/") for one in portal.requests())


def asked_at_rest(portal: Portal) -> int:
    """How many pages were asked for once no more is."""
    before = -1
    while before != (now := asked(portal)):
        before = now
        time.sleep(0.2)
    return now


def test_all_pages_come_in_order(reader: SyncReader, at_hubspot: Portal) -> None:
    with PagesAhead(reader, request(), following) as pages:
        ids = [int(page.records[0].id) for page in pages]
    assert ids == sorted(ids)
    assert len(ids) == asked(at_hubspot) == MANY


def test_no_more_than_a_few_wait_to_be_stored(reader: SyncReader, at_hubspot: Portal) -> None:
    with PagesAhead(reader, request(), following):
        # One more is in hand, for which there is no room yet.
        assert asked_at_rest(at_hubspot) == MOST_AHEAD + 1


def test_what_was_asked_for_before_the_stop_still_comes(reader: SyncReader, at_hubspot: Portal) -> None:
    with PagesAhead(reader, request(), following) as pages:
        came = 0
        for _page in pages:
            came += 1
            pages.stop()
    assert 1 < came == asked(at_hubspot) < MANY


def test_trouble_comes_after_the_pages_before_it(reader: SyncReader, grantee: Grantee) -> None:
    def wrong(page: RecordPage) -> HubSpotRequest[RecordPage]:
        return objects.page(CONTACTS, ["email"], "none", limit=1)

    came = 0
    with pytest.raises(PermanentFailure), PagesAhead(reader, request(), wrong) as pages:
        for _page in pages:
            came += 1
    assert came == 1


def test_the_turn_of_a_page_is_taken_once(
    reader: SyncReader, at_hubspot: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, take = count(), rate.waits
    monkeypatch.setattr(rate, "waits", lambda *about: (next(taken), take(*about))[1])
    with PagesAhead(reader, request(), following) as pages:
        assert len(list(pages)) == MANY
    # The last page tells only when it is there that none follows.
    assert next(taken) == MANY + 1
