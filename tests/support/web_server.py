"""The web server as it runs in production, for tests that need a real connection."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient

from app.core.config import Config
from tests.conftest import ENCRYPTION_KEY
from tests.support.processes import ROOT
from tests.support.waiting import wait_until


@dataclass(frozen=True)
class WebServer:
    """Where it listens, and its process."""

    port: int
    process: subprocess.Popen[bytes]


@contextmanager
def web_server(config: Config, *, log: Path | None = None, **settings: str) -> Iterator[WebServer]:
    """gunicorn with one process on the tests' database, with more settings; ends with the block.

    Its lines go into the file `log`, or where those of the tests go.
    """
    port = _free_port()
    env = {
        "DATABASE_URL": config.database_url.replace("+psycopg", ""),
        "REDIS_URL": config.redis_url,
        "SECRET_KEY": config.secret_key,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "LOG_LEVEL": "ERROR",
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "WEB_CONCURRENCY": "1",
        **settings,
    }
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    with ExitStack() as stack:
        lines = stack.enter_context(log.open("wb")) if log else None
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stderr=lines)
        try:
            wait_until(lambda: _answers(port), "the web server listens")
            yield WebServer(port, process)
        finally:
            process.terminate()
            process.wait(60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cookies_of(client: FlaskClient) -> str:
    """What a browser with the cookies of this client sends as `Cookie`."""
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())
