"""`make run` from outside: one command starts everything, one signal stops everything."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.cli.local import ROOT
from app.embedded import servers
from app.embedded.data_directory import data_directory_for
from app.team import setup_code
from tests.support.waiting import wait_until

# Settings of the user who runs the tests must not reach the installation under test.
FOREIGN = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "PUBLIC_URL",
    "HOST",
    "SANDBOX_URL",
    "DEMO_PUBLIC",
)


class Installation:
    """One `up` with a port and a data directory of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        self.env = kept | {"TOMORU_DATA": str(data), "DEMO": "0", "PORT": str(self.port)}

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli.up"],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def status(self, path: str) -> int:
        """The status of this page; 0 without an answer."""
        try:
            with urllib.request.urlopen(self.url(path), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    yield Installation(tmp_path / "data")
    servers.erase(tmp_path / "data")


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What a process says up to a line with these words; fails when it ends before."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"It ended before it said “{words}”:\n{said}")


def test_all_starts_is_kept_up_and_stops_cleanly(installation: Installation) -> None:
    """One start for all looks at it, and a second one after the first was killed, since each takes seconds."""
    up = installation.start()
    try:
        said = read_until(up, "Ctrl-C stops everything")
        _look_at_its_words(installation, said)
        with urllib.request.urlopen(installation.url("/")) as first_page:
            assert first_page.status == 200
        family = _look_at_its_processes(up)
        _assert_second_is_refused(Installation(installation.data), up.pid)
        _assert_stores_are_started_again(installation, up)
    finally:
        up.kill()
        up.communicate()
    second = installation.start()
    try:
        read_until(second, "Ctrl-C stops everything")
        assert [process for process in family if process.is_running() and process.status() != "zombie"] == []
        running = psutil.Process(second.pid).children(recursive=True)
        sockets = data_directory_for(installation.data).sockets
        assert (sockets / "redis.sock").exists()
    finally:
        second.send_signal(signal.SIGTERM)
        rest, _ = second.communicate(timeout=60)
    assert second.returncode == 0, rest
    _, alive = psutil.wait_procs(running, timeout=10)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    assert list(sockets.iterdir()) == []


def _look_at_its_words(installation: Installation, said: str) -> None:
    assert said.count(f"http://127.0.0.1:{installation.port}\n") == 1
    code = setup_code.code_of((installation.data / "secret.key").read_text())
    assert f"First administrator: {installation.url('/setup')}?code={code}\n" in said
    assert f"setup?code={code}" in said.partition("First administrator")[0], "The web server's log says it as well."


def _look_at_its_processes(up: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the processes that it has started."""
    running = psutil.Process(up.pid).children(recursive=True)
    commands = " ".join(word for process in running for word in process.cmdline())
    for part in ("gunicorn", "worker.py", "scheduler"):
        assert part in commands
    assert "sandbox" not in commands
    return running


def _assert_second_is_refused(second: Installation, pid: int) -> None:
    up = second.start()
    said, _ = up.communicate(timeout=60)
    assert up.returncode == 1
    assert f"already runs with the data in {second.data} (process {pid})" in said


def _assert_stores_are_started_again(installation: Installation, up: subprocess.Popen[str]) -> None:
    directory = data_directory_for(installation.data).directory
    for name in ("postgres/postmaster.pid", "redis/redis.pid"):
        os.kill(int((directory / name).read_text().split()[0]), signal.SIGKILL)
    both = read_until(up, "had ended; it has been started again") + read_until(up, "had ended; it has been started")
    assert {name for name in ("PostgreSQL", "Redis") if f"{name} had ended" in both} == {"PostgreSQL", "Redis"}
    wait_until(lambda: installation.status("/readyz") == 200, "the web has its stores again")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "tomoru.example.com"])
def test_the_demo_is_not_shown_to_others_by_mistake(installation: Installation, host: str) -> None:
    installation.env |= {"DEMO": "1", "HOST": host}
    said, _ = installation.start().communicate(timeout=60)
    assert f"The demo would listen on {host}" in said and "DEMO_PUBLIC=1" in said and "its password is public" in said
    assert not installation.data.exists()


def test_a_demo_for_all_to_see_is_a_choice(installation: Installation) -> None:
    installation.env |= {"DEMO": "1", "HOST": "0.0.0.0", "DEMO_PUBLIC": "1"}
    with socket.create_server(("0.0.0.0", installation.port)):
        said, _ = installation.start().communicate(timeout=60)
    assert "cannot be used" in said, "It came as far as the port."


def test_a_taken_port_is_said_before_anything_starts(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.port)):
        said, _ = installation.start().communicate(timeout=60)
    assert f"Port {installation.port} on 127.0.0.1 cannot be used" in said
    assert "make run PORT=" in said
    assert [path.name for path in installation.data.iterdir()] == ["up.lock"]
