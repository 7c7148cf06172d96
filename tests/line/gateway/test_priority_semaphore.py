"""Slots of the priority semaphore are bounded, shared by threads, and given first to the upper lanes."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from app.line.gateway.lanes import Lane
from app.line.gateway.priority_semaphore import PrioritySemaphore, semaphore_of


class Holder:
    """A task that takes a slot and keeps it until it is told to go."""

    def __init__(self, semaphore: PrioritySemaphore, lane: Lane, order: list[Lane]) -> None:
        self.go = asyncio.Event()
        self.is_in = False
        self._semaphore, self._lane, self._order = semaphore, lane, order
        self.task = asyncio.create_task(self._hold())

    async def _hold(self) -> None:
        async with self._semaphore.hold(self._lane):
            self.is_in = True
            self._order.append(self._lane)
            await self.go.wait()

    async def leave(self) -> None:
        self.go.set()
        await self.task
        await settle()


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("lane", "expected"),
    [(Lane.CHAT, 20), (Lane.REPLY, 19), (Lane.WORKFLOW, 18), (Lane.TEST, 17), (Lane.BROADCAST, 16), (Lane.BULK, 15)],
)
def test_each_lane_leaves_places_to_those_above(lane: Lane, expected: int) -> None:
    async def fill() -> int:
        semaphore, order = PrioritySemaphore(20), []  # type: ignore[var-annotated]
        holders = [Holder(semaphore, lane, order) for _ in range(30)]
        await settle()
        taken = sum(holder.is_in for holder in holders)
        if lane is not Lane.CHAT:
            chat = Holder(semaphore, Lane.CHAT, order)
            await settle()
            assert chat.is_in
        return taken

    assert asyncio.run(fill()) == expected


def test_even_one_place_serves_every_lane() -> None:
    async def one_after_the_other() -> None:
        semaphore = PrioritySemaphore(1)
        for lane in Lane:
            async with semaphore.hold(lane):
                assert semaphore.used == 1

    asyncio.run(one_after_the_other())


def test_waiting_tasks_are_admitted_by_lane_and_then_in_turn() -> None:
    async def admitted() -> list[Lane]:
        semaphore, order = PrioritySemaphore(1), []  # type: ignore[var-annotated]
        first = Holder(semaphore, Lane.BROADCAST, order)
        await settle()
        lanes = [Lane.BROADCAST, Lane.CHAT, Lane.TEST, Lane.CHAT, Lane.REPLY]
        waiting = []
        for lane in lanes:
            waiting.append(Holder(semaphore, lane, order))
            await settle()
        await first.leave()
        for _ in lanes:
            holder = next(holder for holder in waiting if holder.is_in and not holder.go.is_set())
            await holder.leave()
        return order[1:]

    assert asyncio.run(admitted()) == [Lane.CHAT, Lane.CHAT, Lane.REPLY, Lane.TEST, Lane.BROADCAST]


def test_a_cancelled_wait_takes_no_place_and_blocks_no_other() -> None:
    async def cancel() -> int:
        semaphore, order = PrioritySemaphore(1), []  # type: ignore[var-annotated]
        first = Holder(semaphore, Lane.CHAT, order)
        await settle()
        given_up, patient = Holder(semaphore, Lane.CHAT, order), Holder(semaphore, Lane.BULK, order)
        await settle()
        given_up.task.cancel()
        await settle()
        await first.leave()
        assert patient.is_in
        await patient.leave()
        return semaphore.used

    assert asyncio.run(cancel()) == 0


def test_a_wait_that_is_cancelled_as_its_place_comes_passes_it_on() -> None:
    async def cancel() -> bool:
        semaphore, order = PrioritySemaphore(1), []  # type: ignore[var-annotated]
        first = Holder(semaphore, Lane.CHAT, order)
        await settle()
        unlucky, second = Holder(semaphore, Lane.CHAT, order), Holder(semaphore, Lane.CHAT, order)
        await settle()
        semaphore._leave()  # The slot is unlucky's now, whose task has not run yet.
        unlucky.task.cancel()
        await settle()
        first.task.cancel()
        return second.is_in and not unlucky.is_in

    assert asyncio.run(cancel())


def test_loops_of_several_threads_keep_within_one_limit() -> None:
    semaphore, seen = PrioritySemaphore(5), []  # type: ignore[var-annotated]

    async def once() -> None:
        async with semaphore.hold(Lane.CHAT):
            seen.append(semaphore.used)
            await asyncio.sleep(0)

    async def many() -> None:
        await asyncio.gather(*(once() for _ in range(200)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: asyncio.run(many()), range(4)))
    assert (len(seen), max(seen), semaphore.used) == (800, 5, 0)


def test_a_loop_that_was_closed_while_it_waited_keeps_no_place() -> None:
    semaphore = PrioritySemaphore(1)

    async def abandon() -> None:
        asyncio.get_running_loop().create_task(semaphore._enter(Lane.CHAT))
        await settle()

    async def hold_and_leave() -> None:
        async with semaphore.hold(Lane.CHAT):
            loop = asyncio.new_event_loop()
            with suppress(RuntimeError):
                await asyncio.to_thread(loop.run_until_complete, abandon())
            loop.close()

    asyncio.run(hold_and_leave())
    assert semaphore.used == 0


def test_an_account_has_the_same_places_everywhere_in_a_process() -> None:
    semaphore = semaphore_of(7)
    assert semaphore_of(7) is semaphore
    assert semaphore_of(8) is not semaphore
