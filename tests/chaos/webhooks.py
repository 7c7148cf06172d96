"""LINE's deliveries while hosts come and go: in turn to every web host, each with an event of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

from bench._webhooks import requests
from tests.chaos.network import Host

PORT = 8000
PER_SECOND = 10
# More than any run lasts.
MOST = 1_000_000


@dataclass
class Deliveries:
    """How many were answered with 200, and what the others were answered with."""

    accepted: int = 0
    refused: list[str] = field(default_factory=list)


@contextmanager
def delivered_to(hosts: Sequence[Host], path: str) -> Iterator[Deliveries]:
    """Deliver in turn to these web hosts until the block ends."""
    deliveries, end = Deliveries(), threading.Event()
    thread = threading.Thread(target=_deliver, args=(deliveries, end, hosts, path), daemon=True)
    thread.start()
    try:
        yield deliveries
    finally:
        end.set()
        thread.join()


def _deliver(deliveries: Deliveries, end: threading.Event, hosts: Sequence[Host], path: str) -> None:
    for host, request in zip(cycle(hosts), requests(path, MOST), strict=False):
        if end.wait(1 / PER_SECOND):
            return
        answer = _post(host, request)
        if answer.startswith("HTTP/1.1 200"):
            deliveries.accepted += 1
        else:
            deliveries.refused.append(f"{host.name}: {answer}")


def _post(host: Host, request: bytes) -> str:
    """Return the first line of the answer, or the error that came instead."""
    try:
        with socket.create_connection((host.address, PORT), timeout=10) as connection:
            connection.sendall(request)
            return connection.recv(4096).decode(errors="replace").partition("\r\n")[0]
    except OSError as error:
        return repr(error)


def listens(host: Host) -> bool:
    """Whether the web of this host takes connections."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host.address, PORT)) == 0
