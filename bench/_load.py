"""A lean load: requests that are ready before the clock starts, over connections that stay open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter

# A request, and from when its time counts.
Turn = tuple[bytes, float]


@dataclass(frozen=True)
class Load:
    """What came of it: requests a second and each answer's time in milliseconds."""

    rate: float
    times: list[float]


def post_all(port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Send every request once, as fast as `connections` allow; each must be answered with 200 or 302."""
    return asyncio.run(_post_all(port, list(requests), connections))


def as_request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return one POST, ready for the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in {"Content-Type": "application/json", **headers}.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def post_evenly(port: int, requests: Iterable[bytes], rate: float, connections: int) -> list[float]:
    """Send these requests at `rate` a second, and return each answer's milliseconds.

    They count from when a request's turn came, so that one that waits for a free connection is not told faster than
    a person would have found it.
    """
    return asyncio.run(_post_evenly(port, iter(requests), rate, connections))


async def _post_evenly(port: int, requests: Iterator[bytes], rate: float, connections: int) -> list[float]:
    start, turns = perf_counter(), count()
    times: list[float] = []

    async def paced() -> AsyncIterator[Turn]:
        for request in requests:
            due = start + next(turns) / rate
            await asyncio.sleep(due - perf_counter())
            yield request, due

    await asyncio.gather(*(_one_connection(port, paced(), times) for _ in range(connections)))
    return times


async def _post_all(port: int, requests: list[bytes], connections: int) -> Load:
    times: list[float] = []
    start = perf_counter()

    async def at_once() -> AsyncIterator[Turn]:
        while requests:
            yield requests.pop(), perf_counter()

    await asyncio.gather(*(_one_connection(port, at_once(), times) for _ in range(connections)))
    return Load(len(times) / (perf_counter() - start), times)


async def _one_connection(port: int, requests: AsyncIterator[Turn], times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async for request, start in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b": 0")
        await reader.readexactly(int(length.split(b":")[1]))
        assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 302")), head
        times.append((perf_counter() - start) * 1000)
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
