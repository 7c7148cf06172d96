"""What all hosts share, at the bridge's address: PostgreSQL directly and through PgBouncer, Redis with a password."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from app.core import queue
from tests.chaos.network import STORES
from tests.support.pgbouncer import pgbouncer
from tests.support.redis_servers import PASSWORD, redis_server
from tests.support.sandbox import SandboxServer

# Fewer sessions than the hosts have connections, so that PgBouncer has something to do.
SESSIONS = 20


@contextmanager
def stores(here: SimpleNamespace) -> Iterator[dict[str, str]]:
    """Serve this installation's database at the bridge; gives the settings of every host."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="tomoru-chaos-")))
        redis = stack.enter_context(redis_server(directory, f"bind 127.0.0.1 {STORES}"))
        url = f"redis://:{quote(PASSWORD, safe='')}@{STORES}:{redis.port}/0"
        pooled = stack.enter_context(pgbouncer(here.database_url, SESSIONS, STORES))
        direct = stack.enter_context(_directly(here.database_url))
        line = stack.enter_context(SandboxServer(host=STORES))
        queue.init_app(here.app, url)
        here.line = line
        addresses = {"LINE_API_URL": line.url, "LINE_DATA_URL": line.url, "NO_PROXY": "*", "no_proxy": "*"}
        yield here.env | addresses | {"DATABASE_URL": pooled, "DATABASE_DIRECT_URL": direct, "REDIS_URL": url}


@contextmanager
def _directly(database_url: str) -> Iterator[str]:
    """Hand a port of the bridge on to the socket of the embedded PostgreSQL, which listens nowhere else."""
    server = conninfo_to_dict(database_url.replace("+psycopg", "", 1))
    loop = asyncio.new_event_loop()
    listener = loop.run_until_complete(_listen(f"{server['host']}/.s.PGSQL.5432"))
    port = listener.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"postgresql://{server['user']}@{STORES}:{port}/{server['dbname']}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _listen(path: str) -> asyncio.Server:
    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(path)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    return await asyncio.start_server(join, STORES, 0)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except OSError:
        return
    finally:
        target.close()
