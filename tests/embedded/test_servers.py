"""The embedded servers as their users meet them: private, found again, hard to break."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from app.embedded import programs, servers
from app.embedded.data_directory import PROJECT, data_directory_for
from app.embedded.errors import EmbeddedServerError
from tests.embedded.support import ask, is_gone, postgres_process, redis_client, redis_process, wait_for

START_AND_TELL_ITS_NUMBER = """
import sys
from pathlib import Path
from app.embedded import programs, servers
with servers.start(Path(sys.argv[1])) as running:
    print((running.directory / "postgres" / "postmaster.pid").read_text().split()[0], flush=True)
    sys.stdin.read()
"""


def test_both_answer_in_unicode(data: Path) -> None:
    with servers.start(data) as running:
        assert ask(running, "SELECT lower('ÉTÉ 灯る')") == "été 灯る"
        assert ask(running, "SHOW server_encoding") == "UTF8"
        assert ask(running, "SELECT current_database()") == "tomoru"
        assert redis_client(running).ping()


def test_nothing_listens_on_the_network(data: Path) -> None:
    with servers.start(data) as running:
        postgres, redis = postgres_process(running), redis_process(running)
        for process in (postgres, redis):
            assert process.net_connections(kind="inet") == []
        for helper in postgres.children(recursive=True):
            # Helpers come and go as PostgreSQL sees fit.
            with suppress(psutil.NoSuchProcess):
                assert helper.net_connections(kind="inet") == []


def test_sockets_and_data_are_private(data: Path) -> None:
    with servers.start(data) as running:
        place = data_directory_for(data)
        for directory in (place.directory, place.sockets, running.directory / "postgres", running.directory / "redis"):
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        for socket in (place.sockets / ".s.PGSQL.5432", place.sockets / "redis.sock"):
            assert stat.S_IMODE(socket.stat().st_mode) == 0o700


def test_the_logs_keep_statements_and_values_to_themselves(data: Path) -> None:
    with servers.start(data, redis=False) as running:
        ask(running, "CREATE TABLE friend (email text PRIMARY KEY); INSERT INTO friend VALUES ('hanako@example.jp')")
        with pytest.raises(Exception, match="hanako"):
            ask(running, "INSERT INTO friend VALUES ('hanako@example.jp')")
        assert "hanako" not in (running.directory / "postgres.log").read_text()


def test_data_outlive_a_restart(data: Path) -> None:
    with servers.start(data) as running:
        ask(running, "CREATE TABLE kept AS SELECT 7 AS number")
        before = [postgres_process(running), redis_process(running)]
    assert all(is_gone(process) for process in before)
    with servers.start(data) as running:
        assert ask(running, "SELECT number FROM kept") == 7


def test_killed_servers_come_back_with_their_data(data: Path) -> None:
    with servers.start(data) as running:
        ask(running, "CREATE TABLE kept AS SELECT 7 AS number")
        for process in (postgres_process(running), redis_process(running)):
            process.send_signal(signal.SIGKILL)
            wait_for(lambda process=process: is_gone(process))
        with servers.start(data) as again:
            assert ask(again, "SELECT number FROM kept") == 7
            assert redis_client(again).ping()


def test_a_pid_file_that_names_a_stranger_is_no_hindrance(data: Path) -> None:
    servers.start(data, redis=False).stop()
    place = data_directory_for(data)
    # After a reboot the number in it can be anybody's, for example this test's.
    pid_file = place.directory / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{place.directory / 'postgres'}\n1\n5432\n{place.sockets}\n\n1 1\nready\n")
    if place.user:
        os.chown(pid_file, place.user.pw_uid, place.user.pw_gid)
    with servers.start(data, redis=False) as running:
        assert ask(running, "SELECT 1") == 1


def test_a_broken_off_first_start_is_begun_again(data: Path) -> None:
    unfinished = data_directory_for(data).directory / "postgres.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with servers.start(data, redis=False) as running:
        assert ask(running, "SELECT 1") == 1


def test_running_servers_are_found_and_the_last_user_stops_them(data: Path) -> None:
    first = servers.start(data)
    before = [postgres_process(first), redis_process(first)]
    second = servers.start(data)
    assert [postgres_process(second), redis_process(second)] == before
    assert (second.database_url, second.redis_url) == (first.database_url, first.redis_url)
    first.stop()
    first.stop()
    assert ask(second, "SELECT 1") == 1
    assert redis_client(second).ping()
    second.stop()
    assert all(is_gone(process) for process in before)


def test_starting_at_once_in_several_processes_gives_one_pair(data: Path) -> None:
    command = [sys.executable, "-c", START_AND_TELL_ITS_NUMBER, str(data)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    starters = [subprocess.Popen(command, cwd=PROJECT, **pipes) for _ in range(3)]
    numbers = {starter.stdout.readline().strip() for starter in starters}
    assert len(numbers) == 1
    for starter in starters:
        starter.communicate("", timeout=60)
        assert starter.returncode == 0
    assert is_gone_number(int(numbers.pop()))


def is_gone_number(pid: int) -> bool:
    return not psutil.pid_exists(pid) or is_gone(psutil.Process(pid))


def test_two_data_directories_are_two_pairs(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with servers.start(data) as one, servers.start(other) as two:
        ask(one, "CREATE TABLE mine ()")
        assert ask(two, "SELECT to_regclass('mine')") is None
        redis_client(one).set("mine", 1)
        assert redis_client(two).get("mine") is None
    servers.erase(other)
    assert not two.directory.exists()


def test_only_what_is_asked_for_is_started(data: Path) -> None:
    with servers.start(data, postgres=False) as running:
        assert running.database_url == ""
        assert redis_client(running).ping()
        assert not (running.directory / "postgres").exists()


def test_no_directory_of_someone_else_changes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    data = home / "project" / ".data"
    data.mkdir(parents=True, mode=0o750)
    wheels = (programs.postgres_directory(), programs.redis_program())
    watched = {parent for path in (data / "x", Path("/var/lib/x"), *wheels) for parent in path.parents}
    before = {directory: _rights(directory) for directory in watched}
    servers.start(data).stop()
    assert {directory: _rights(directory) for directory in watched} == before
    servers.erase(data)


def _rights(directory: Path) -> tuple[int, int, int]:
    found = directory.stat()
    return found.st_mode, found.st_uid, found.st_gid


def test_data_of_another_version_are_left_alone_with_a_sentence(data: Path) -> None:
    servers.start(data, redis=False).stop()
    version = data_directory_for(data).directory / "postgres" / "PG_VERSION"
    real = version.read_text()
    version.write_text("12\n")
    with pytest.raises(EmbeddedServerError, match="written by PostgreSQL 12"):
        servers.start(data, redis=False)
    version.write_text(real)


def test_a_failing_start_leaves_nothing_running(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.start(data, redis=False) as running:
        postgres = postgres_process(running)
    monkeypatch.setattr("app.embedded.programs._redis_candidates", lambda: iter(()))
    with pytest.raises(EmbeddedServerError, match="Redis was not found"):
        servers.start(data)
    pid_file = data_directory_for(data).directory / "postgres" / "postmaster.pid"
    assert is_gone(postgres)
    assert not pid_file.exists()
