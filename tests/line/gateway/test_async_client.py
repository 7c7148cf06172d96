"""The hot loop: pages, profiles, pace, renewal in mid-loop, and the two kinds of error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.core.queue import broker
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.types import FollowerPage, Profile, Token
from app.line.models import Account, AccountState
from tests.line.conftest import Channel
from tests.support.sandbox import SandboxServer

PROFILE = "/v2/bot/profile/{userId}"
FOLLOWERS = "/v2/bot/followers/ids"


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


async def all_ids(line: AsyncLineClient, limit: int = 1000) -> list[str]:
    ids: list[str] = []
    page = FollowerPage([], "")
    start = None
    while True:
        page = await line.follower_ids(start, limit)
        ids += page.ids
        if page.next is None:
            return ids
        start = page.next


def counter(line: SandboxServer, channel: Channel, path: str) -> dict[str, Any]:
    return next(
        row
        for row in line.api("GET", f"/counters?channel_id={channel['channel_id']}")["counters"]
        if row["path"] == path
    )


def names_at_line(line: SandboxServer, channel: Channel) -> dict[str, str]:
    """The display name of every follower, as the sandbox tells it outside of LINE's API."""
    people = line.api("GET", f"/channels/{channel['channel_id']}/friends?limit=1000&state=friend")["friends"]
    return {person["user_id"]: person["display_name"] for person in people}


def names_of(profiles: list[Profile | None]) -> dict[str, str | None]:
    return {profile.user_id: profile.display_name for profile in profiles if profile}


def test_every_follower_and_profile_comes_through(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)

    async def read() -> tuple[list[str], list[Profile | None]]:
        async with AsyncLineClient(account.id) as hot:
            ids = await all_ids(hot, limit=7)
            return ids, await asyncio.gather(*(hot.profile(user_id) for user_id in ids))

    ids, profiles = run(read())
    names = names_at_line(line, channel)
    assert len(ids) == len(names) == 30
    assert set(ids) == set(names)
    assert [profile.user_id for profile in profiles] == ids
    assert names_of(profiles) == names


def test_a_person_line_does_not_show_is_none(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)

    async def read() -> object:
        async with AsyncLineClient(account.id) as hot:
            return await hot.profile("U" + "0" * 32)

    assert run(read()) is None


def test_two_thousand_a_second_are_never_exceeded(line: SandboxServer, connect: Callable[..., Account]) -> None:
    channel = line.create_channel(kind="verified", population={"followers": 4500})
    account = connect(channel)

    async def read() -> int:
        async with AsyncLineClient(account.id) as hot:
            ids = await all_ids(hot)
            profiles = await asyncio.gather(*(hot.profile(user_id) for user_id in ids))
            return sum(profile is not None for profile in profiles)

    assert run(read()) == 4500
    seen = counter(line, channel, PROFILE)
    assert seen["too_many"] == 0
    assert not seen["ever_exceeded"]


def test_a_token_that_runs_out_in_mid_loop_loses_nothing(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)

    async def read() -> object:
        async with AsyncLineClient(account.id) as hot:
            ids = await all_ids(hot)
            before = await asyncio.gather(*(hot.profile(user_id) for user_id in ids[:10]))
            await asyncio.to_thread(line.advance, 16 * 60)
            after = await asyncio.gather(*(hot.profile(user_id) for user_id in ids[10:]))
            return [*before, *after]

    profiles = run(read())
    assert names_of(profiles) == names_at_line(line, channel)
    assert counter(line, channel, "/oauth2/v3/token")["total"] == 2


def test_a_token_near_its_end_is_renewed_before_line_refuses_it(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)

    async def read() -> None:
        async with AsyncLineClient(account.id) as hot:
            soon = now() + timedelta(minutes=2)
            hot._token._token = Token(hot._token._token.value, soon)
            db.session.get(Account, account.id).token_expires_at = soon
            db.session.commit()
            ids = await all_ids(hot)
            await asyncio.gather(*(hot.profile(user_id) for user_id in ids))

    run(read())
    assert "401" not in counter(line, channel, PROFILE)["statuses"]
    assert counter(line, channel, "/oauth2/v3/token")["total"] == 2


def test_credentials_that_no_longer_fit_are_final_and_mark_the_account(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)

    async def read() -> None:
        async with AsyncLineClient(account.id) as hot:
            await asyncio.to_thread(line.api, "POST", f"/channels/{channel['channel_id']}/secret", {})
            await asyncio.to_thread(line.api, "DELETE", f"/channels/{channel['channel_id']}/tokens")
            await hot.profile("U" + "1" * 32)

    with pytest.raises(PermanentFailure) as failure:
        run(read())
    assert failure.value.code == "line.credentials_refused"
    db.session.refresh(account)
    assert (account.state, account.problem) == (AccountState.BROKEN, "line.credentials_refused")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "status", "status": 500}, "line.unavailable"),
        ({"kind": "status", "status": 503}, "line.unavailable"),
        (
            {"kind": "status", "status": 429, "message": "The API rate limit has been exceeded. Try again later."},
            "line.rate_limited",
        ),
        ({"kind": "reset"}, "line.unreachable"),
        ({"kind": "lost"}, "line.unreachable"),
        ({"kind": "malformed"}, "line.unreadable"),
    ],
)
def test_trouble_that_lasts_is_for_later(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account], fault: dict[str, Any], code: str
) -> None:
    account = connect(channel)
    line.api("POST", "/faults", {"path": PROFILE, **fault})

    async def read() -> None:
        async with AsyncLineClient(account.id) as hot:
            await hot.profile((await hot.follower_ids()).ids[0])

    with pytest.raises(RetryLater) as failure:
        run(read())
    assert failure.value.code == code


def test_trouble_that_passes_is_not_noticed(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    line.api("POST", "/faults", {"path": PROFILE, "kind": "status", "status": 500, "times": 2})
    line.api("POST", "/faults", {"path": PROFILE, "kind": "reset", "times": 2})

    async def read() -> object:
        async with AsyncLineClient(account.id) as hot:
            ids = await all_ids(hot)
            return await asyncio.gather(*(hot.profile(user_id) for user_id in ids))

    assert names_of(run(read())) == names_at_line(line, channel)


def test_odd_answers_are_read_tolerantly(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    line.api("POST", "/faults", {"kind": "extra_fields"})
    line.api("POST", "/faults", {"kind": "unknown_enum"})

    async def read() -> object:
        async with AsyncLineClient(account.id) as hot:
            ids = await all_ids(hot)
            return await asyncio.gather(*(hot.profile(user_id) for user_id in ids))

    assert names_of(run(read())) == names_at_line(line, channel)


def test_an_expired_place_in_the_list_says_so(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)

    async def read() -> None:
        async with AsyncLineClient(account.id) as hot:
            page = await hot.follower_ids(limit=5)
            await asyncio.to_thread(line.advance, 25 * 3600)
            await hot.follower_ids(page.next, limit=5)

    with pytest.raises(PermanentFailure) as failure:
        run(read())
    assert failure.value.code == "line.start_expired"


def test_an_unverified_account_has_no_list(line: SandboxServer, connect: Callable[..., Account]) -> None:
    account = connect(line.create_channel(kind="unverified"))

    async def read() -> None:
        async with AsyncLineClient(account.id) as hot:
            await hot.follower_ids()

    with pytest.raises(PermanentFailure) as failure:
        run(read())
    assert failure.value.code == "line.not_available"


def test_a_disconnected_account_cannot_be_used(channel: Channel, connect: Callable[..., Account]) -> None:
    account = connect(channel, state=AccountState.DISCONNECTED)

    async def read() -> None:
        async with AsyncLineClient(account.id):
            pass

    with pytest.raises(PermanentFailure) as failure:
        run(read())
    assert failure.value.code == "line.disconnected"


def test_cancelling_half_way_leaves_the_line_usable(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    line.api("PATCH", f"/channels/{channel['channel_id']}", {"latency": {"fixed_ms": 50}})

    async def read() -> object:
        async with AsyncLineClient(account.id, connections=5) as hot:
            ids = await all_ids(hot)
            tasks = [asyncio.create_task(hot.profile(user_id)) for user_id in ids]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return await asyncio.gather(*(hot.profile(user_id) for user_id in ids))

    assert names_of(run(read())) == names_at_line(line, channel)


def test_redis_away_is_for_later(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    account = connect(channel)
    monkeypatch.setattr(
        broker.client,
        "connection_pool",
        type(broker.client.connection_pool)(
            connection_class=broker.client.connection_pool.connection_class, path="/nonexistent/redis.sock"
        ),
    )

    async def read() -> None:
        async with AsyncLineClient(account.id) as hot:
            await hot.profile("U" + "1" * 32)

    with pytest.raises(RetryLater) as failure:
        run(read())
    assert failure.value.code == "line.limiter_away"
