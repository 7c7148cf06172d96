"""A PostgreSQL cluster in a private directory: made, started, found again, stopped."""

import shutil
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import pq, sql

from app.embedded import programs
from app.embedded.data_directory import DataDirectory
from app.embedded.errors import EmbeddedServerError
from app.embedded.processes import command_line, exists, pid_in

PORT = 5432
DATABASE = "tomoru"
# Sized for a small machine. Nothing of a statement is logged, because statements carry personal data.
SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# A killed server's children let go of their shared memory a moment after it.
STILL_LETTING_GO = "still in use"
PATIENCE = 60.0


def start(place: DataDirectory, *, durable: bool = True) -> str:
    """Starts the cluster unless it runs already, and returns the URL of its database.

    Without `durable` the cluster skips waiting for the disk: faster, and lost with the machine's power.
    """
    binaries = programs.postgres_directory(place.programs)
    data = place.directory / "postgres"
    if not data.exists():
        _initialise(place, binaries, data)
    _require_same_version(place, binaries, data)
    _wait_for_earlier_start(place, data)
    if not is_running(place):
        _launch(place, binaries, data, durable)
    _ensure_database(place)
    return f"postgresql+psycopg://{DATABASE}@/{DATABASE}?host={quote(str(place.sockets))}"


def stop(place: DataDirectory) -> None:
    """Ends every connection and stops the cluster; does nothing when it does not run."""
    data = place.directory / "postgres"
    if _ping(place) not in {pq.Ping.OK, pq.Ping.REJECT}:
        return
    binaries = programs.postgres_directory(place.programs)
    place.run(binaries / "pg_ctl", "stop", "-D", data, "-m", "fast", "-w", "-t", str(int(PATIENCE)))


def _initialise(place: DataDirectory, binaries: Path, data: Path) -> None:
    """Makes the cluster under another name first, so that a broken-off attempt is never taken for one."""
    unfinished = place.directory / "postgres.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    locale = ["--locale=C.UTF-8"]
    if _version(place, binaries) >= 17:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    options = ("--username", DATABASE, "--auth=trust", "--encoding=UTF8", "--no-instructions", *locale)
    place.run(binaries / "initdb", "-D", unfinished, *options)
    unfinished.rename(data)


def _version(place: DataDirectory, binaries: Path) -> int:
    words = place.run(binaries / "postgres", "--version").split()
    return int(words[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def _require_same_version(place: DataDirectory, binaries: Path, data: Path) -> None:
    stored, found = int((data / "PG_VERSION").read_text()), _version(place, binaries)
    if stored != found:
        raise EmbeddedServerError(
            f"The data in {data} were written by PostgreSQL {stored}, but version {found} is installed: "
            f"dump them with version {stored} and restore the dump into a new directory."
        )


def _launch(place: DataDirectory, binaries: Path, data: Path, durable: bool) -> None:
    settings = SETTINGS | {"unix_socket_directories": str(place.sockets)}
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    log = place.directory / "postgres.log"
    deadline = time.monotonic() + PATIENCE
    while True:
        logged = log.stat().st_size if log.exists() else 0
        try:
            command = (binaries / "pg_ctl", "start", "-D", data, "-l", log, "-o", options)
            place.run(*command, "-w", "-t", str(int(PATIENCE)))
            return
        except EmbeddedServerError as failed:
            reason = _read_from(log, logged)
            if STILL_LETTING_GO not in reason or time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL did not start: {reason or failed}") from None
        time.sleep(0.2)


def _read_from(log: Path, start_at: int) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as lines:
        lines.seek(start_at)
        return lines.read(4000).decode(errors="replace").strip()


def _wait_for_earlier_start(place: DataDirectory, data: Path) -> None:
    """Waits for a server of ours that is starting or stopping, and drops lock files that name a stranger.

    After a reboot the number may belong to another program; after a kill, to a process that no parent has
    collected yet. PostgreSQL would take either for its earlier self. Children that a killed server left
    behind are found by PostgreSQL all the same, by the memory they share.
    """
    deadline = time.monotonic() + PATIENCE
    for lock_file in (data / "postmaster.pid", place.sockets / f".s.PGSQL.{PORT}.lock"):
        while not is_running(place) and (pid := pid_in(lock_file)) and exists(pid):
            if str(data) not in command_line(pid):
                lock_file.unlink(missing_ok=True)
            elif time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL in {data} runs but does not answer: end its process.")
            time.sleep(0.1)


def is_running(place: DataDirectory) -> bool:
    """Whether the cluster takes connections."""
    return _ping(place) is pq.Ping.OK


def _ping(place: DataDirectory) -> pq.Ping:
    return pq.Ping(pq.PGconn.ping(f"{_address(place)} connect_timeout=5".encode()))


def _address(place: DataDirectory) -> str:
    return f"host={place.sockets} port={PORT} user={DATABASE} dbname=postgres"


def _ensure_database(place: DataDirectory) -> None:
    with psycopg.connect(_address(place), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
