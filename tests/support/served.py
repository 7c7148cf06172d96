"""Servers in a thread of the test process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread
from typing import Any

from werkzeug.serving import make_server

# How long the end of a server may take to be seen, in seconds; the library's own half second would add up.
LOOK_SECONDS = 0.01


@contextmanager
def running(server: BaseServer) -> Iterator[None]:
    """Serve in a thread, and close the server at the end of the block."""
    thread = Thread(target=server.serve_forever, args=(LOOK_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a free port of this machine; gives its origin."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with running(server):
        yield f"http://127.0.0.1:{server.port}"
