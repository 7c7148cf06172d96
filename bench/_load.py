"""A lean load: requests that are ready before the clock starts, over connections that stay open."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Load:
    """What came of it: requests a second and each answer's time in milliseconds."""

    rate: float
    times: list[float]


def post_all(port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Send every request once, as fast as `connections` allow; each must be answered with 200."""
    return asyncio.run(_post_all(port, list(requests), connections))


def as_request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One POST, ready for the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in {"Content-Type": "application/json", **headers}.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _post_all(port: int, requests: list[bytes], connections: int) -> Load:
    times: list[float] = []
    start = perf_counter()
    await asyncio.gather(*(_one_connection(port, requests, times) for _ in range(connections)))
    return Load(len(times) / (perf_counter() - start), times)


async def _one_connection(port: int, requests: list[bytes], times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while requests:
        request = requests.pop()
        start = perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b": 0")
        await reader.readexactly(int(length.split(b":")[1]))
        assert head.startswith(b"HTTP/1.1 200"), head
        times.append((perf_counter() - start) * 1000)
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
