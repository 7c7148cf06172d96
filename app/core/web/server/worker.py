"""gunicorn's threaded worker, except that a client's slowness costs no thread.

The main loop takes requests in, all at once and each within its time; a thread gets a request when it is whole. Long
uploads are the exception: their views read them as they come, on threads of their own (`places.Place`). Connections
are closed by the loop as well, which waits for no client.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn import http
from gunicorn.workers.gthread import TConn, ThreadWorker

from app.core.web.server.arrival import MOST_BODY, IncomingRequest
from app.core.web.server.patient_socket import PatientSocket
from app.core.web.server.places import Crew, Place, place_of

# A client has so long for the head of a request, and for its body as well, with a second more for each RATE bytes.
HEAD_SECONDS, BODY_SECONDS, RATE = 10.0, 10.0, 8 * 1024
# A client that does not read its answers is given up after this.
READ_SECONDS, LOOK_SECONDS = 20.0, 0.02
# While the server stops, and for a client to close a connection that is over.
STOP_SECONDS, CLOSE_SECONDS = 2.0, 2.0
SWEEP_SECONDS = 0.5
READ = 64 * 1024
# Bytes of requests on their way in one process; beyond them, long ones have to come again.
MOST_HELD = 64 * 1024 * 1024
# With more of its answers unread, a client's next request waits.
MOST_UNREAD = 64 * 1024
# Shares of the most connections: above the first, those that have waited longest are closed down to the second.
CROWDED, EASED = 0.9, 0.8
FULL = {errno.EMFILE, errno.ENFILE}
AGAIN = {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}
NO_TIME = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
NO_PLACE = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 54\r\n\r\nToo many of these at the same time. Try again shortly."
)


class Client(TConn):  # type: ignore[misc]
    """One connection: the request that arrives on it, and until when the loop waits for what."""

    def __init__(self, cfg: Any, accepted: socket.socket, address: Any, server: Any) -> None:
        super().__init__(cfg, PatientSocket.take_over(accepted), address, server)
        self.parser = http.get_parser(cfg, self.sock, address)
        # No TLS and no HTTP/2 here: a proxy in front speaks them.
        self.initialized = self.data_ready = True
        self.arrival, self.place = IncomingRequest(), Place.PAGES
        self.deadline, self.drained = 0.0, 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a request has come."""
        return not self.arrival.data

    @property
    def has_whole_body(self) -> bool:
        """Whether the thread that serves the request finds its body in memory."""
        head = self.arrival.head
        return head is not None and not head.is_unsized and head.length <= MOST_BODY


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A worker whose threads only meet requests that are there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In the order in which they began to wait; for bytes of the client, and for the client to read.
        self._waiting: dict[Client, None] = {}
        self._unread: dict[Client, None] = {}
        self._held, self._sweep_at = 0, 0.0

    def get_thread_pool(self) -> Crew:
        """Return the threads, place by place."""
        return Crew()

    def accept(self, listener: Any) -> None:
        """Take a new connection in; the first bytes are often there already."""
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno in FULL:
                self._ease(EASED)
            elif error.errno not in AGAIN:
                raise
            return
        self.nr_conns += 1
        client = Client(self.cfg, accepted, address, listener.getsockname())
        self._wait(client, HEAD_SECONDS, self._on_request_bytes)
        self._on_request_bytes(client, client.sock)

    def _wait(self, client: Client, seconds: float, then: Any) -> None:
        """Wait for bytes of this client, and call `then` with it when some are there."""
        client.sock.setblocking(False)
        client.deadline = time.monotonic() + seconds
        self._waiting[client] = None
        self.poller.register(client.sock, selectors.EVENT_READ, partial(then, client))

    def _stop_waiting(self, client: Client) -> None:
        self.poller.unregister(client.sock)
        self._waiting.pop(client, None)
        self._held -= len(client.arrival.data)

    def _on_request_bytes(self, client: Client, _sock: Any) -> None:
        try:
            while not client.arrival.is_whole:
                data = client.sock.recv(READ)
                if not data:
                    self._drop(client)
                    return
                self._take(client, data)
        except BlockingIOError:
            if self._held > MOST_HELD and len(client.arrival.data) > READ:
                self._refuse(client, NO_PLACE)
        except OSError:
            self._drop(client)
        else:
            self._serve(client)

    def _take(self, client: Client, data: bytes) -> None:
        """Add bytes to the request. Its time begins with the first of them, and once more with the end of its head."""
        was_idle, had_head = client.is_idle, client.arrival.head is not None
        client.arrival.add(data)
        self._held += len(data)
        head = client.arrival.head
        if head is not None and not had_head:
            client.deadline = time.monotonic() + BODY_SECONDS + head.length / RATE
        elif was_idle:
            client.deadline = time.monotonic() + HEAD_SECONDS

    def _serve(self, client: Client) -> None:
        """Hand the request to a thread of its place, or tell the client that too many wait there."""
        head = client.arrival.head
        client.place = place_of(self.wsgi, head.method, head.path) if head else Place.PAGES
        if head and head.is_unsized and client.place is not Place.UPLOADS:
            client.place = Place.UNSIZED
        if not self.tpool.has_room(client.place):
            self._refuse(client, NO_PLACE)
            return
        self._stop_waiting(client)
        client.parser.unreader.unread(bytes(client.arrival.data))
        client.arrival.data = bytearray()
        if client.sock.unread() > MOST_UNREAD:
            client.deadline = time.monotonic() + READ_SECONDS
            self._unread[client] = None
        else:
            self._start(client)

    def _start(self, client: Client) -> None:
        client.sock.begin()
        self.enqueue_req(client)

    def finish_request(self, conn: Client, fs: Any) -> None:
        """Wait for the next request on the connection, or close it."""
        self.tpool.left(conn.place)
        try:
            is_kept = bool(fs.result()) if not fs.cancelled() else False
            rest = conn.parser.unreader.take_buffered() if is_kept else b""
        except Exception:
            is_kept, rest = False, b""
        if not is_kept:
            self._close(conn)
            return
        conn.arrival = IncomingRequest(rest)
        self._held += len(rest)
        self._wait(conn, self.cfg.keepalive if self.alive else STOP_SECONDS, self._on_request_bytes)
        if conn.arrival.is_whole:
            self._serve(conn)

    def _keepalive_after(self, conn: Client, keepalive: bool) -> bool:
        """Return whether the next request may follow; the rest of a long body that was not read is not waited for."""
        if not keepalive:
            return False
        return conn.has_whole_body or bool(conn.parser.finish_body(deadline=time.monotonic() + 0.1))

    def _refuse(self, client: Client, answer: bytes) -> None:
        """Answer from the loop and close; a client that does not even take this is dropped."""
        try:
            client.sock.send(answer)
        except OSError:
            self._drop(client)
            return
        self._stop_waiting(client)
        self._close(client)

    def _close(self, client: Client) -> None:
        """Say that the connection is over, and close it when the client has, or after a moment.

        Closing at once would make the system throw away what the client has not read yet.
        """
        client.arrival = IncomingRequest()
        try:
            client.sock.setblocking(False)
            client.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._forget(client)
            return
        self._wait(client, CLOSE_SECONDS, self._on_last_bytes)

    def _on_last_bytes(self, client: Client, _sock: Any) -> None:
        try:
            data = client.sock.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        client.drained += len(data)
        if not data or client.drained > READ:
            self._drop(client)

    def _drop(self, client: Client) -> None:
        self._stop_waiting(client)
        self._forget(client)

    def _forget(self, client: Client) -> None:
        self.nr_conns -= 1
        client.close()

    def murder_keepalived(self, force: bool = False) -> None:
        """Close what has waited too long; called by the main loop at every turn."""
        moment = time.monotonic()
        if moment < self._sweep_at and not force:
            return
        self._sweep_at = moment + SWEEP_SECONDS
        for client in [client for client in self._waiting if force or client.deadline < moment]:
            if client.is_idle or force:
                self._drop(client)
            else:
                self._refuse(client, NO_TIME)
        for client in list(self._unread) if force else ():
            del self._unread[client]
            self._forget(client)
        if self.nr_conns > CROWDED * self.worker_connections:
            self._ease(EASED)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes next, and look often whether clients have read what they got."""
        super().wait_for_and_dispatch_events(timeout=min(timeout, LOOK_SECONDS) if self._unread else timeout)
        self._look_at_unread(time.monotonic())

    def _look_at_unread(self, moment: float) -> None:
        """Serve the next request of a client that has read; give up one that has not by its deadline."""
        for client in list(self._unread):
            is_read = client.sock.unread() <= MOST_UNREAD
            if is_read or client.deadline < moment:
                del self._unread[client]
                self._start(client) if is_read else self._forget(client)

    def _ease(self, share: float) -> None:
        """Close the connections that have waited longest for their clients until only a share is left."""
        surplus = self.nr_conns - int(share * self.worker_connections)
        for client in list(self._waiting)[: max(surplus, 1)]:
            self._drop(client)

    def _cap_keepalive(self, deadline: float) -> None:
        """While the server stops, clients get no more than a moment for what they have begun."""
        for client in (*self._waiting, *self._unread):
            client.deadline = min(client.deadline, deadline)
