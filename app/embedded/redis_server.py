"""A Redis of our own on a unix socket. It keeps nothing over a restart: the database holds the truth."""

import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.embedded import programs
from app.embedded.data_directory import DataDirectory, private_directory
from app.embedded.errors import EmbeddedServerError
from app.embedded.processes import command_line, pid_in

PATIENCE = 30.0


def start(place: DataDirectory) -> str:
    """Starts Redis unless it runs already, and returns the URL of its first database."""
    _wait_for_earlier_start(place)
    if not is_running(place):
        _launch(place)
    return f"unix://{quote(str(_socket(place)))}?db=0"


def stop(place: DataDirectory) -> None:
    """Stops Redis and waits until its socket is closed; does nothing when it does not run."""
    if not is_running(place):
        return
    with _client(place) as client, suppress(redis.ConnectionError):
        client.shutdown(nosave=True)
    if not _becomes(place, running=False):
        raise EmbeddedServerError(f"Redis in {place.directory} did not stop: end its process.")


def is_running(place: DataDirectory) -> bool:
    """Whether Redis takes commands."""
    try:
        with _client(place) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _launch(place: DataDirectory) -> None:
    data = private_directory(place.directory / "redis", place.user)
    log = place.directory / "redis.log"
    listens = ("--port", "0", "--unixsocket", _socket(place), "--unixsocketperm", "700")
    keeps = ("--save", "", "--appendonly", "no", "--dir", data)
    runs = ("--daemonize", "yes", "--pidfile", _pid_file(place), "--logfile", log)
    place.run(programs.redis_program(place.programs), *listens, *keeps, *runs)
    if not _becomes(place, running=True):
        raise EmbeddedServerError(f"Redis did not start; its last words are in {log}.")


def _wait_for_earlier_start(place: DataDirectory) -> None:
    """Wait for a server of ours that is starting or too busy to answer: a second one would take its socket away."""
    deadline = time.monotonic() + PATIENCE
    while not is_running(place) and (pid := pid_in(_pid_file(place))) and "redis-server" in command_line(pid):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"Redis in {place.directory} runs but does not answer: end its process.")
        time.sleep(0.1)


def _becomes(place: DataDirectory, *, running: bool) -> bool:
    deadline = time.monotonic() + PATIENCE
    while is_running(place) is not running:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _pid_file(place: DataDirectory) -> Path:
    return place.directory / "redis" / "redis.pid"


def _socket(place: DataDirectory) -> Path:
    return place.sockets / "redis.sock"


def _client(place: DataDirectory) -> "redis.Redis":
    at_once = Retry(NoBackoff(), 0)
    return redis.Redis(unix_socket_path=str(_socket(place)), socket_timeout=5, retry=at_once)
