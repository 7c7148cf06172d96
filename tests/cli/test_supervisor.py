"""Processes that run together end together, whatever happens to one of them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.cli import supervisor
from app.cli.supervisor import AskedToStop, ProcessEnded, StopSignals, Supervisor

SLEEP = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)")

OTHERS: set[psutil.Process] = set()


@pytest.fixture
def signals() -> Iterator[StopSignals]:
    """Stop signals, with Python's own handlers put back afterwards."""
    before = {number: signal.getsignal(number) for number in supervisor.SIGNALS}
    yield StopSignals()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def group(signals: StopSignals, tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path, os.environ, signals) as supervised:
        yield supervised


@pytest.fixture(autouse=True)
def others() -> Iterator[None]:
    """Processes that other tests keep running do not count."""
    OTHERS.update(psutil.Process().children(recursive=True))
    yield
    OTHERS.clear()


def children() -> list[psutil.Process]:
    return [process for process in psutil.Process().children(recursive=True) if process not in OTHERS]


def test_what_they_say_is_shown_with_their_name(group: Supervisor, capsys: pytest.CaptureFixture[str]) -> None:
    group.run("greeting", (sys.executable, "-c", "print('灯る'); print('second line')"))
    group.stop()
    assert capsys.readouterr().out == "greeting  │ 灯る\ngreeting  │ second line\n"


def test_a_worker_that_was_killed_is_started_again(group: Supervisor, capsys: pytest.CaptureFixture[str]) -> None:
    group.start("worker", SLEEP, again=True)
    (first,) = children()
    first.kill()
    group.wait(lambda: any(child.pid != first.pid for child in children()))
    assert "SIGKILL has ended it; it is started again." in capsys.readouterr().out


def test_a_worker_that_gives_up_by_itself_ends_everything(group: Supervisor) -> None:
    group.start("worker", (sys.executable, "-c", "raise SystemExit(3)"), again=True)
    with pytest.raises(ProcessEnded, match="exit code 3"):
        group.wait()


def test_all_are_gone_after_the_block(signals: StopSignals, tmp_path: Path) -> None:
    with Supervisor(tmp_path, os.environ, signals) as group:
        group.start("one", SLEEP)
        group.start("two", SLEEP)
        running = children()
        assert len(running) == 2
    assert not any(process.is_running() for process in running)


@pytest.mark.parametrize(
    ("code", "words"), [("raise SystemExit(3)", "exit code 3"), ("import os; os.kill(os.getpid(), 9)", "SIGKILL")]
)
def test_one_that_ends_is_named(group: Supervisor, code: str, words: str) -> None:
    group.start("well", SLEEP)
    group.start("ill", (sys.executable, "-c", code))
    with pytest.raises(ProcessEnded, match=f"“ill” .*{words}"):
        group.wait()


def test_ending_without_a_fault_counts_too(group: Supervisor) -> None:
    group.start("brief", (sys.executable, "-c", ""))
    with pytest.raises(ProcessEnded, match="“brief” ended with exit code 0"):
        group.wait()


def test_a_step_must_succeed(group: Supervisor) -> None:
    group.run("good", (sys.executable, "-c", ""))
    with pytest.raises(ProcessEnded, match="“bad”"):
        group.run("bad", (sys.executable, "-c", "raise SystemExit(1)"))


def test_a_signal_before_anything_started_is_not_lost(group: Supervisor) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    group.start("late", SLEEP)
    with pytest.raises(AskedToStop):
        group.wait()


def test_who_does_not_listen_is_killed_with_its_children(
    signals: StopSignals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 0.2)
    code = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "subprocess.Popen([sys.executable, '-c', 'import signal, time; signal.signal(15, 1); time.sleep(600)']);"
        "print('deaf', flush=True); time.sleep(600)"
    )
    with Supervisor(tmp_path, os.environ, signals) as group:
        group.start("stubborn", (sys.executable, "-c", code))
        group.wait(lambda: "deaf" in capsys.readouterr().out)
        running = children()
        assert len(running) == 2
    _, alive = psutil.wait_procs(running, timeout=5)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.timeout(60)
def test_a_second_signal_cuts_the_waiting_short(
    signals: StopSignals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 3600.0)
    code = "import signal, time; signal.signal(15, 1); print('deaf', flush=True); time.sleep(600)"
    with Supervisor(tmp_path, os.environ, signals) as group:
        group.start("stubborn", (sys.executable, "-c", code))
        group.wait(lambda: "deaf" in capsys.readouterr().out)
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
    assert children() == []
