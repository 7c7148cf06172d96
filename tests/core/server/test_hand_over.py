"""The web is started again and replaced while it is used: no request is refused, and its lines keep their form."""

from __future__ import annotations

import http.client
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from flask import Flask

from app.core.config import Config
from tests.support.waiting import wait_until
from tests.support.web_server import WebServer, web_server


@dataclass
class Answers:
    """How many requests were answered with 200, and what became of the others."""

    good: int = 0
    bad: list[str] = field(default_factory=list)

    def wait_for(self, more: int) -> None:
        """Return when so many more were answered, or one was not."""
        wanted = self.good + more
        wait_until(lambda: self.bad or self.good >= wanted, f"{more} more requests are answered")


@contextmanager
def in_use(server: WebServer, path: str = "/healthz") -> Iterator[Answers]:
    """Ask all the time until the block ends, with a connection for each request."""
    answers, end = Answers(), threading.Event()
    threads = [threading.Thread(target=ask, args=(server, path, answers, end)) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        end.set()
        for thread in threads:
            thread.join()


def ask(server: WebServer, path: str, answers: Answers, end: threading.Event) -> None:
    while not end.wait(0.02):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            connection.request("GET", path, headers={"Connection": "close"})
            status = connection.getresponse().status
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            answers.bad.append(repr(error))
            continue
        if status == 200:
            answers.good += 1
        else:
            answers.bad.append(str(status))


def test_a_hand_over_refuses_nothing(app: Flask, config: Config) -> None:
    with web_server(config) as server:
        old = psutil.Process(server.process.pid)
        workers = wait_until(lambda: set(old.children()), "the first process serves")
        with in_use(server) as answers:
            server.process.send_signal(signal.SIGUSR2)
            (new,) = wait_until(lambda: set(old.children()) - workers, "another server has been started")
            try:
                wait_until(lambda: server.process.poll() is not None, "the old server has ended")
                answers.wait_for(50)
            except BaseException:
                new.kill()
                raise
        new.terminate()
        psutil.wait_procs([new], timeout=60)
    assert server.process.returncode == 0
    assert answers.bad == []


def test_a_reload_refuses_nothing_and_keeps_the_form_of_lines(app: Flask, config: Config, tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with (
        web_server(config, log=log, LOG_FORMAT="json", LOG_LEVEL="INFO") as server,
        in_use(server) as answers,
    ):
        answers.wait_for(20)
        (worker,) = wait_until(lambda: psutil.Process(server.process.pid).children(), "the first process serves")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not worker.is_running(), "the old process has ended")
        answers.wait_for(50)
        assert answers.bad == []
    lines = log.read_text().splitlines()
    assert any("Hang up" in line for line in lines)
    assert [line for line in lines if not isinstance(json.loads(line), dict)] == []
