"""A replica of an installation's database: a second server that streams from the first, as in production."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from app.embedded import postgresql, programs
from app.embedded.data_directory import DataDirectory, data_directory_for
from tests.support.waiting import wait_until

PORT = 5433


@dataclass
class RunningReplica:
    """Where it is reached, and what a test may do to it."""

    url: str
    place: DataDirectory
    data: Path

    def ask(self, query: str) -> object:
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row and row[0]

    def pause(self) -> None:
        """It stays as it is and falls behind."""
        self.ask("SELECT pg_wal_replay_pause()")
        wait_until(lambda: self.ask("SELECT pg_get_wal_replay_pause_state()") == "paused", "the replica stands still")

    def resume(self) -> None:
        self.ask("SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Return when it has all that the primary had written before."""
        primary = f"host={self.place.sockets} port={postgresql.PORT} user={postgresql.DATABASE} dbname=postgres"
        with psycopg.connect(primary) as connection:
            row = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        assert row
        wait_until(lambda: self.ask(f"SELECT pg_last_wal_replay_lsn() >= '{row[0]}'"), "the replica has caught up")

    def stop(self) -> None:
        binaries = programs.postgres_directory(self.place.programs)
        self.place.run(binaries / "pg_ctl", "stop", "-D", self.data, "-m", "immediate", "-w")


@contextmanager
def replica_of(directory: Path) -> Iterator[RunningReplica]:
    """Copy the database of the installation in this directory, and follow it."""
    place = data_directory_for(directory)
    binaries = programs.postgres_directory(place.programs)
    data = place.directory / "replica"
    user = postgresql.DATABASE
    source = f"host={place.sockets} port={postgresql.PORT} user={user}"
    place.run(binaries / "pg_basebackup", "-d", source, "-D", data, "--write-recovery-conf", "--checkpoint=fast")
    options = f"-c port={PORT} -c listen_addresses='' -c unix_socket_directories='{place.sockets}'"
    place.run(binaries / "pg_ctl", "start", "-D", data, "-l", data / "log", "-o", options, "-w")
    url = f"postgresql+psycopg://{user}@/{postgresql.DATABASE}?host={quote(str(place.sockets))}&port={PORT}"
    replica = RunningReplica(url, place, data)
    try:
        yield replica
    finally:
        if (data / "postmaster.pid").exists():
            replica.stop()
