"""PgBouncer in transaction mode before a PostgreSQL, for tests; they are skipped where it is not installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from tests.support.redis_servers import HOST, free_port
from tests.support.waiting import wait_until

# Debian puts it where only root's PATH leads.
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@contextmanager
def pgbouncer(database_url: str, servers: int, listens_at: str = HOST) -> Iterator[str]:
    """Start it for the server of this address, which is reached by a socket; gives the address through it.

    With fewer sessions (`servers`) than the program has connections, the transactions of one connection come to
    different sessions.
    """
    assert PROGRAM
    server = conninfo_to_dict(database_url.replace("+psycopg", "", 1))
    port = free_port()
    with TemporaryDirectory(prefix="tomoru-pgbouncer-") as directory:
        place = Path(directory)
        (place / "users.txt").write_text(f'"{server["user"]}" ""\n')
        (place / "pgbouncer.ini").write_text(
            _configuration(str(server["host"]), f"{listens_at}:{port}", place, servers)
        )
        options = _as_owner_of(Path(str(server["host"])), place)
        with (place / "log").open("wb") as log:
            process = subprocess.Popen([PROGRAM, str(place / "pgbouncer.ini")], stdout=log, stderr=log, **options)
        try:
            wait_until(lambda: _listens(listens_at, port), "PgBouncer listens")
            yield f"postgresql+psycopg://{server['user']}@{listens_at}:{port}/{server['dbname']}"
        finally:
            process.kill()
            process.wait()


def _configuration(host: str, address: str, directory: Path, servers: int) -> str:
    listens_at, _, port = address.partition(":")
    return f"""
[databases]
* = host={host}
[pgbouncer]
listen_addr = {listens_at}
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {directory / "users.txt"}
pool_mode = transaction
default_pool_size = {servers}
reserve_pool_size = 0
"""


def _as_owner_of(sockets: Path, directory: Path) -> dict[str, Any]:
    """It refuses to run as root; then it runs as the user whose sockets it has to reach."""
    if os.geteuid() != 0:
        return {}
    owner = sockets.stat()
    for path in (directory, *directory.iterdir()):
        os.chown(path, owner.st_uid, owner.st_gid)
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
