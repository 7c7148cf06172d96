"""Entry point of the embedded servers: start them for a data directory, get their URLs, stop them again.

Several processes may use one pair. Each holds a shared lock while it does, and the last to leave stops the
servers; a process that was killed leaves its lock too, so nothing stays counted.
"""

import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType

from app.embedded import postgresql, redis_server
from app.embedded.data_directory import DataDirectory, data_directory_for, open_lock


class Servers:
    """A running pair of servers and this process's share in them."""

    def __init__(
        self, place: DataDirectory, share: int, database_url: str, redis_url: str, *, durable: bool = True
    ) -> None:
        self.directory = place.directory
        self.database_url = database_url
        self.redis_url = redis_url
        self._place = place
        self._share: int | None = share
        self._durable = durable

    @property
    def holds(self) -> tuple[int, ...]:
        """Descriptors for processes that use the servers: as long as one is open, no other process stops them."""
        return () if self._share is None else (self._share,)

    def restart_missing(self) -> tuple[str, ...]:
        """Start again what has ended of these servers, and return which; raises EmbeddedServerError."""
        if self._share is None or not self._missing():
            return ()
        with self._place.alone():
            missing = self._missing()
            if "PostgreSQL" in missing:
                postgresql.start(self._place, durable=self._durable)
            if "Redis" in missing:
                redis_server.start(self._place)
        return missing

    def _missing(self) -> tuple[str, ...]:
        running = {
            "PostgreSQL": not self.database_url or postgresql.is_running(self._place),
            "Redis": not self.redis_url or redis_server.is_running(self._place),
        }
        return tuple(name for name, is_running in running.items() if not is_running)

    def stop(self) -> None:
        """Gives up this share; the servers stop unless another process still uses them. Repeatable."""
        if self._share is None:
            return
        share, self._share = self._share, None
        with self._place.alone():
            _leave(self._place, share)

    def __enter__(self) -> "Servers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(data_dir: Path | None = None, *, postgres: bool = True, redis: bool = True, durable: bool = True) -> Servers:
    """Starts, or finds running, the servers of a data directory (default `$TOMORU_DATA`, then `.data`).

    The URL of a server that was not asked for is empty. Raises EmbeddedServerError with a sentence to act on.
    """
    place = data_directory_for(data_dir)
    with place.alone():
        share = open_lock(place.directory / "in-use")
        fcntl.flock(share, fcntl.LOCK_SH)
        try:
            database_url = postgresql.start(place, durable=durable) if postgres else ""
            redis_url = redis_server.start(place) if redis else ""
        except BaseException:
            _leave(place, share)
            raise
    return Servers(place, share, database_url, redis_url, durable=durable)


def stop(data_dir: Path | None = None) -> None:
    """Stop the servers of a data directory, also while they are in use."""
    place = data_directory_for(data_dir)
    with place.alone():
        _stop_all(place)


def erase(data_dir: Path) -> None:
    """Stops the servers of a data directory and deletes everything they stored."""
    place = data_directory_for(data_dir)
    with place.alone():
        _stop_all(place)
        shutil.rmtree(place.directory)
        shutil.rmtree(place.sockets, ignore_errors=True)


def _leave(place: DataDirectory, share: int) -> None:
    try:
        if _is_last(share):
            _stop_all(place)
    finally:
        # A forked child may hold the same descriptor, and closing ours would not end the lock.
        fcntl.flock(share, fcntl.LOCK_UN)
        os.close(share)


def _stop_all(place: DataDirectory) -> None:
    redis_server.stop(place)
    postgresql.stop(place)


def _is_last(share: int) -> bool:
    try:
        fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
