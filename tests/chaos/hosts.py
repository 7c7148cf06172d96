"""The program's processes on each host, as `docs/deploy.md` starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from app.cli.up import WORKERS
from tests.chaos.network import Host
from tests.chaos.webhooks import PORT
from tests.support.processes import ROOT

WEB = ((sys.executable, "-m", "gunicorn", "wsgi:app"),)
WORKER = (*WORKERS.values(), (sys.executable, "-m", "flask", "scheduler"))
# A worker ends at its next step, which may be an answer of LINE that is slow.
PATIENCE = 30
LOG = ROOT / ".data" / "chaos.log"


@contextmanager
def running(hosts: Sequence[Host], commands: Sequence[Sequence[str]], env: dict[str, str]) -> Iterator[None]:
    """Start these commands on each of the hosts; end them with the block. Raises when one has ended before."""
    started: list[subprocess.Popen[bytes]] = []
    LOG.parent.mkdir(parents=True, exist_ok=True)
    try:
        for host in hosts:
            its = os.environ | env | {"HOST": host.address, "PORT": str(PORT), "FLASK_APP": "wsgi"}
            started += [_start(host.command(*words), its) for words in commands]
        yield
        ended = [str(process.args) for process in started if process.poll() is not None]
        if ended:
            raise RuntimeError(f"processes ended by themselves: {ended}")
    finally:
        for process in started:
            process.terminate()
        for process in started:
            _wait(process)


def _start(command: tuple[str, ...], env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start it with its words going to the log, out of reach of a Ctrl-C of the terminal."""
    with LOG.open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)


def _wait(process: subprocess.Popen[bytes]) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    process.kill()
    process.wait()
