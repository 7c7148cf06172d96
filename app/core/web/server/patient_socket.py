"""A client's socket with bounds: on each wait for the client, and on how slowly it may send and read altogether."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import sys
import termios
import time
from collections.abc import Callable
from typing import Any, BinaryIO

# Without any progress for so long, the client is given up.
WAIT_SECONDS = 20.0
# All waits of one request together may take so long, and one second more for each RATE bytes that have moved.
GRACE_SECONDS, RATE = 30.0, 8 * 1024
PIECE = 256 * 1024
# What the system keeps of an answer; a page fits in, so that its thread never waits for its reader.
SEND_BUFFER = 512 * 1024


class TooSlow(OSError):
    """The client took too long; gunicorn takes it for a connection that the client has broken off."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the client is too slow")


class PatientSocket(socket.socket):
    """Takes over an accepted socket. "Blocking" means within bounds; `begin` starts the count for a request."""

    _waited, _moved = 0.0, 0

    @classmethod
    def take_over(cls, accepted: socket.socket) -> PatientSocket:
        """Return the same connection as one of these."""
        taken = cls(fileno=accepted.detach())
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        return taken

    def begin(self) -> None:
        """Forget how long the requests before have waited."""
        self._waited, self._moved = 0.0, 0

    def unread(self) -> int:
        """Return how many bytes of answers the client has not received yet; 0 where the system does not tell."""
        if not sys.platform.startswith("linux"):
            return 0
        return int.from_bytes(fcntl.ioctl(self.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)

    def setblocking(self, flag: bool) -> None:
        """Wait for the client from now on, but not without end; or not at all."""
        self.settimeout(WAIT_SECONDS if flag else 0.0)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive as ever; raises TooSlow."""
        received: bytes = self._within(lambda: socket.socket.recv(self, size, flags), len)
        return received

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all as ever; raises TooSlow."""
        rest = memoryview(data).cast("B")
        while rest:
            piece = rest[:PIECE]
            rest = rest[self._within(lambda piece=piece: self.send(piece, flags), int) :]  # type: ignore[misc]

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:  # type: ignore[override]
        """Send a part of a file without reading it here; raises TooSlow."""
        left = os.fstat(file.fileno()).st_size - offset if count is None else count
        begin = offset
        while left > 0:
            try:
                sent = os.sendfile(self.fileno(), file.fileno(), offset, min(left, PIECE))
            except BlockingIOError:
                self._within(self._wait_for_room, int)
                continue
            if not sent:
                break
            offset, left, self._moved = offset + sent, left - sent, self._moved + sent
        return offset - begin

    def _wait_for_room(self) -> int:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLOUT)
        if not poll.poll((self.gettimeout() or 0.0) * 1000):
            raise TimeoutError
        return 0

    def _within(self, act: Callable[[], Any], amount: Callable[[Any], int]) -> Any:
        """Do it, and count how long it took for how many bytes. A socket that does not wait is left as it is."""
        if not self.gettimeout():
            return act()
        begun = time.monotonic()
        try:
            done = act()
        except TimeoutError:
            raise TooSlow from None
        self._waited += time.monotonic() - begun
        self._moved += amount(done)
        if self._waited > GRACE_SECONDS + self._moved / RATE:
            raise TooSlow
        return done
