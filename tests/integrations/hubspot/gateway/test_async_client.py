"""Loops of a sync: many calls at once with one token, within the limits, in spite of trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import NotSent
from app.integrations.hubspot.gateway import async_client, objects
from app.integrations.hubspot.gateway.async_client import AsyncHubSpotClient
from app.integrations.hubspot.gateway.errors import PerhapsDone
from app.integrations.hubspot.gateway.objects import CONTACTS
from app.integrations.hubspot.gateway.rate import Priority
from app.integrations.hubspot.gateway.urls import urls
from tests.integrations.hubspot.gateway.conftest import Grantee
from tests.integrations.hubspot.gateway.test_client import CONTACTS as CONTACTS_PATH
from tests.integrations.hubspot.gateway.test_client import DETAILS, count, create, read

T = TypeVar("T")


@pytest.fixture
def fast(access: Grantee) -> Grantee:
    """A grant whose limit is far away, so that tests take no time."""
    access.per_ten_seconds = 100_000
    return access


def run(access: Grantee, work: Callable[[AsyncHubSpotClient], Awaitable[T]], **options: Any) -> T:
    """Do the work with an asynchronous client."""

    async def inside() -> T:
        async with AsyncHubSpotClient(access, **options) as hubspot:
            return await work(hubspot)

    return asyncio.run(inside())


async def several(hubspot: AsyncHubSpotClient, times: int = 20) -> list[int]:
    return await asyncio.gather(*(hubspot.call(read()) for _ in range(times)))


def test_many_calls_at_once(fast: Grantee) -> None:
    assert run(fast, several) == [int(fast.portal_id)] * 20


def test_all_pages_are_read(fast: Grantee) -> None:
    fast.portal.control("PATCH", "", {"population": {"contacts": 250}})

    async def pages(hubspot: AsyncHubSpotClient) -> list[str]:
        found, after = [], None
        while True:
            page = await hubspot.call(objects.page(CONTACTS, ["email"], after))
            found += [record.id for record in page.records]
            after = page.after
            if after is None:
                return found

    found = run(fast, pages)
    assert len(found) == len(set(found)) == 250


def test_a_token_that_runs_out_is_renewed_once_for_all(fast: Grantee) -> None:
    fast.expire()
    assert run(fast, several) == [int(fast.portal_id)] * 20
    assert (fast.asked, fast.renewals, fast.losses) == (1, 1, [])


def test_an_uninstalled_app_is_noticed(fast: Grantee) -> None:
    fast.fault("status", DETAILS, status=401)
    with pytest.raises(PermanentFailure) as failure:
        run(fast, lambda hubspot: hubspot.call(read()))
    assert (failure.value.code, fast.losses) == ("hubspot.uninstalled", ["hubspot.uninstalled"])


def test_short_trouble_never_reaches_the_caller(fast: Grantee) -> None:
    fast.fault("status", DETAILS, status=502, times=2)
    fast.fault("lost", DETAILS, times=1, skip=2)
    assert run(fast, lambda hubspot: hubspot.call(read())) == int(fast.portal_id)
    assert count(fast) == 4


def test_long_trouble_does(fast: Grantee) -> None:
    fast.fault("status", DETAILS, status=503)
    with pytest.raises(RetryLater) as failure:
        run(fast, lambda hubspot: hubspot.call(read()), tries=2)
    assert (failure.value.code, count(fast)) == ("hubspot.unavailable", 2)


def test_what_must_not_be_done_twice_is_done_once(fast: Grantee) -> None:
    fast.fault("lost", CONTACTS_PATH, times=1)
    with pytest.raises(PerhapsDone):
        run(fast, lambda hubspot: hubspot.call(create(email="a@example.com")))
    assert count(fast, CONTACTS_PATH) == 1


def test_hubspot_not_being_there_is_not_sent(fast: Grantee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "api", "http://127.0.0.1:1")
    with pytest.raises(NotSent) as failure:
        run(fast, lambda hubspot: hubspot.call(read()), tries=1)
    assert failure.value.code == "hubspot.unreachable"


def test_at_most_so_many_are_under_way(fast: Grantee) -> None:
    fast.fault("latency", DETAILS, fixed_ms=20)
    under_way: list[int] = []
    real = async_client.exchange

    async def counted(*args: Any, **options: Any) -> Any:
        under_way.append(under_way[-1] + 1 if under_way else 1)
        try:
            return await real(*args, **options)
        finally:
            under_way.append(under_way[-1] - 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(async_client, "exchange", counted)
        run(fast, several, under_way=4)
    assert max(under_way) == 4


def test_the_limit_of_the_portal_is_never_exceeded(access: Grantee) -> None:
    """Two syncs and a page ask for more than there is, within a limit that is small enough to be reached."""
    access.per_ten_seconds = 30
    access.portal.switch(ten_second_limit=30, enforce_limits=True)
    access.portal.server.api("DELETE", "/hubspot/rates")

    async def all_of_them() -> None:
        async with (
            AsyncHubSpotClient(access) as one,
            AsyncHubSpotClient(access) as other,
            AsyncHubSpotClient(access, Priority.LIVE) as page,
        ):
            await asyncio.gather(several(one, 5), several(other, 5), several(page, 5))

    asyncio.run(all_of_them())
    rows = access.portal.server.api("GET", "/hubspot/rates")["rates"]
    mine = next(row for row in rows if row["portal_id"] == access.portal_id and row["kind"] == "core")
    assert (mine["total"], mine["over"]) == (15, 0)


def test_synchronous_callers_share_a_loop(fast: Grantee) -> None:
    async def work(session: Any) -> int:
        async with AsyncHubSpotClient(fast, session=session) as hubspot:
            return await hubspot.call(read())

    assert async_client.background.run(work) == async_client.background.run(work) == int(fast.portal_id)
