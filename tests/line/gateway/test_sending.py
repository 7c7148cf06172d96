"""Many sends over one asynchronous client: each arrives once, with one token, over few connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from app.core.clock import now
from app.core.db import db
from app.core.outgoing.exchange import Answer
from app.line.gateway import async_client, outcomes, sends, tokens
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.lanes import Lane
from app.line.gateway.outcomes import Accepted, Later, Outcome, Refused, Unknown
from app.line.gateway.rate_limit import Pace
from app.line.gateway.sends import Send
from app.line.gateway.types import Token
from app.line.models import AccountState, TokenKind
from tests.line.gateway.conftest import HELLO, PUSH, REPLY, Sender, new_key

OAUTH = "/oauth2/v3/token"


def pushes(people: list[str]) -> list[Send]:
    return [sends.push(person, HELLO, new_key()) for person in people]


async def post_all(line: AsyncLineClient, wanted: list[Send], lane: Lane = Lane.BROADCAST) -> dict[str, Outcome]:
    """The outcome by recipient."""
    return {send.body["to"]: outcome async for send, outcome in line.post_all(wanted, lane)}


def test_every_push_of_a_batch_arrives_once_in_spite_of_trouble(sender: Sender) -> None:
    sender.fault("status", PUSH, status=500, probability=0.2)
    sender.fault("lost", PUSH, probability=0.1)
    sender.fault("reset", PUSH, probability=0.1)
    wanted = pushes(sender.people)

    async def until_accepted(line: AsyncLineClient) -> dict[str, Outcome]:
        found = await post_all(line, wanted)
        while left := [send for send in wanted if isinstance(found[send.body["to"]], Later)]:
            found |= await post_all(line, left)
        return found

    found = sender.run(until_accepted)
    assert set(found) == set(sender.people)
    assert {type(outcome) for outcome in found.values()} == {Accepted}
    assert sorted(sender.delivered()) == sorted(sender.people)


def test_a_lost_answer_is_asked_for_again_and_found_accepted(sender: Sender) -> None:
    sender.fault("lost", PUSH, times=1)
    outcome = sender.run(lambda line: line.post(pushes(sender.people[:1])[0], Lane.CHAT))
    assert isinstance(outcome, Accepted)
    assert outcome.repeated
    assert sender.requests(PUSH) == 2
    assert sender.delivered() == sender.people[:1]


def test_a_reply_is_tried_once(sender: Sender) -> None:
    answer = sends.reply(sender.reply_token(), HELLO)
    sender.fault("status", REPLY, status=429, message="The API rate limit has been exceeded.")
    assert sender.run(lambda line: line.post(answer, Lane.REPLY)) == Later(2, "line.rate_limited", True)
    sender.line.api("DELETE", "/faults")
    sender.fault("lost", REPLY)
    assert sender.run(lambda line: line.post(answer, Lane.REPLY)) == Unknown("line.unreachable")
    assert sender.requests(REPLY) == 2


def test_one_bad_recipient_does_not_hold_up_the_others(sender: Sender) -> None:
    stranger = "U" + "0" * 32
    found = sender.run(lambda line: post_all(line, pushes([*sender.people, stranger])))
    assert {person for person, outcome in found.items() if isinstance(outcome, Accepted)} == set(sender.people)
    refused = found[stranger]
    assert isinstance(refused, Refused)
    assert refused.code == "line.bad_recipient"


def test_the_token_is_read_once_for_a_batch(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    current = tokens.current

    def counted(account_id: int) -> Token:
        read.append(account_id)
        return current(account_id)

    monkeypatch.setattr(tokens, "current", counted)
    sender.run(lambda line: post_all(line, pushes(sender.people)))
    assert read == [sender.account.id]


def test_a_token_refused_in_mid_batch_is_renewed_once_for_all(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    renewals: list[int] = []
    renew = tokens.renew

    def counted(account_id: int, refused: str) -> Token:
        renewals.append(account_id)
        return renew(account_id, refused)

    monkeypatch.setattr(tokens, "renew", counted)

    async def interrupted(line: AsyncLineClient) -> dict[str, Outcome]:
        found = await post_all(line, pushes(sender.people[:10]))
        path = f"/channels/{sender.channel['channel_id']}/tokens"
        await asyncio.to_thread(sender.line.api, "DELETE", path)
        return found | await post_all(line, pushes(sender.people[10:]))

    found = sender.run(interrupted)
    assert len(found) == 30
    assert {type(outcome) for outcome in found.values()} == {Accepted}
    assert (len(renewals), sender.requests(OAUTH)) == (1, 2)


def test_when_there_can_be_no_other_token_line_is_asked_once_and_all_are_refused(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    issue = tokens.issue

    def counted(channel_id: str, channel_secret: str) -> Token:
        asked.append(channel_id)
        return issue(channel_id, channel_secret)

    monkeypatch.setattr(tokens, "issue", counted)

    async def locked_out(line: AsyncLineClient) -> dict[str, Outcome]:
        channel = f"/channels/{sender.channel['channel_id']}"
        await asyncio.to_thread(sender.line.api, "POST", f"{channel}/secret", {})
        await asyncio.to_thread(sender.line.api, "DELETE", f"{channel}/tokens")
        return await post_all(line, pushes(sender.people))

    found = sender.run(locked_out)
    assert [getattr(outcome, "code", None) for outcome in found.values()] == ["line.credentials_refused"] * 30
    assert len(asked) == 2
    db.session.refresh(sender.account)
    assert sender.account.state == AccountState.BROKEN


def test_a_new_token_that_is_refused_too_ends_the_renewals(sender: Sender) -> None:
    sender.fault("status", PUSH, status=401, message="Authentication failed")
    found = sender.run(lambda line: post_all(line, pushes(sender.people)), connections=4)
    assert [getattr(outcome, "code", None) for outcome in found.values()] == ["line.token_refused"] * 30
    assert sender.requests(OAUTH) == 2


def test_a_pasted_token_that_is_refused_refuses_the_batch(sender: Sender) -> None:
    sender.account.token_kind, sender.account.access_token = TokenKind.PASTED, "worthless"
    db.session.commit()
    found = sender.run(lambda line: post_all(line, pushes(sender.people[:5])))
    assert {getattr(outcome, "code", None) for outcome in found.values()} == {"line.token_refused"}


def test_few_connections_serve_many_sends(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    create = aiohttp.TCPConnector._create_connection

    async def counted(self: aiohttp.TCPConnector, *args: Any, **options: Any) -> Any:
        opened.append(args)
        return await create(self, *args, **options)

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", counted)
    sender.run(lambda line: post_all(line, pushes(sender.people * 4), Lane.CHAT), connections=5)
    assert 1 <= len(opened) <= 5


def test_a_key_that_grows_old_while_it_waits_is_not_sent(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    wait, later = Pace.wait, now() + timedelta(hours=24)

    async def long_wait(pace: Pace) -> None:
        await wait(pace)
        monkeypatch.setattr(outcomes, "now", lambda: later)

    monkeypatch.setattr(Pace, "wait", long_wait)
    outcome = sender.run(lambda line: line.post(pushes(sender.people[:1])[0], Lane.BROADCAST))
    assert outcome == Unknown("line.key_expired")
    assert sender.requests(PUSH) == 0


class Counted:
    """A LINE that accepts everything and notes how many requests were under way at once."""

    def __init__(self) -> None:
        self.under_way = self.most = self.total = 0

    async def exchange(self, *args: Any, **options: Any) -> Answer:
        self.under_way += 1
        self.total += 1
        self.most = max(self.most, self.under_way)
        for _ in range(5):
            await asyncio.sleep(0)
        self.under_way -= 1
        return Answer(200, {}, {"x-line-request-id": "r"})


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    line = Counted()

    async def at_once(pace: Pace) -> None:
        """No rate: only the places bound what is under way."""

    monkeypatch.setattr(async_client, "exchange", line.exchange)
    monkeypatch.setattr(Pace, "wait", at_once)
    return line


def test_broadcasts_leave_connections_free_for_others(sender: Sender, counted: Counted) -> None:
    sender.run(lambda line: post_all(line, pushes(sender.people * 3), Lane.BROADCAST), connections=20)
    assert (counted.most, counted.total) == (16, 90)


def test_two_batches_of_an_account_share_its_connections(sender: Sender, counted: Counted) -> None:
    async def both(line: AsyncLineClient) -> None:
        async with AsyncLineClient(sender.account.id) as second:
            await asyncio.gather(*(post_all(each, pushes(sender.people * 8)) for each in (line, second)))

    sender.run(both)
    assert counted.total == 480
    assert counted.most == 128


def test_a_slow_caller_slows_the_sending(sender: Sender, counted: Counted) -> None:
    async def slow(line: AsyncLineClient) -> list[int]:
        seen = []
        async with aclosing(line.post_all(generated(sender.people[0], 100), Lane.CHAT)) as found:
            async for _ in found:
                await asyncio.sleep(0.01)
                seen.append(counted.total)
        return seen

    seen = sender.run(slow, connections=3)
    assert len(seen) == 100
    assert all(sent - taken <= 6 for taken, sent in enumerate(seen))


def test_a_batch_that_is_given_up_ends_what_is_under_way(sender: Sender, counted: Counted) -> None:
    async def give_up(line: AsyncLineClient) -> int:
        async with aclosing(line.post_all(generated(sender.people[0], 100), Lane.CHAT)) as found:
            async for _ in found:
                break
        return len(asyncio.all_tasks())

    assert sender.run(give_up, connections=3) == 1
    assert counted.total < 100


def test_an_error_in_what_is_to_be_sent_reaches_the_caller(sender: Sender, counted: Counted) -> None:
    with pytest.raises(ZeroDivisionError):
        sender.run(lambda line: post_all(line, Broken(sender.people[0])), connections=3)  # type: ignore[arg-type]
    assert counted.total < 100


def generated(person: str, count: int) -> Iterator[Send]:
    for _ in range(count):
        yield sends.push(person, HELLO, new_key())


class Broken(Iterator[Send]):
    """A thousand sends, the third of which cannot be made."""

    def __init__(self, person: str) -> None:
        self._person, self._left = person, 1000

    def __next__(self) -> Send:
        self._left -= 1
        if self._left == 997:
            raise ZeroDivisionError
        if self._left < 0:
            raise StopIteration
        return sends.push(self._person, HELLO, new_key())
