"""`make run`: the whole installation on one machine, started in order and stopped together."""

import http.client
import ipaddress
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from app.cli.local import ROOT, Installation, data_directory, installation, settings
from app.cli.only_run import ProcessLockFile, only_run
from app.cli.supervisor import AskedToStop, ProcessEnded, StopSignals, Supervisor, say
from app.embedded.errors import EmbeddedServerError
from app.embedded.servers import Servers
from app.team import setup_code

DEMO_EMAIL = "admin@demo.tomoru.example"
DEMO_PASSWORD = "tomoru-demo"  # noqa: S105 - it opens invented data on this machine only.
PYTHON = (sys.executable, "-m")
FLASK = (*PYTHON, "flask")
# Two processes, so that the long work of one never holds the interpreter while an event waits in the other.
WORKERS = {
    "realtime": (sys.executable, "worker.py", "realtime", "sending"),
    "bulk": (sys.executable, "worker.py", "bulk"),
}

# How often the embedded stores are looked at.
LOOK_SECONDS = 2.0


@click.command()
def up() -> None:
    """Start the servers, the web, the workers, the scheduler, and with DEMO=1 the demo and its sandbox."""
    env = settings()
    signals = StopSignals()
    try:
        _require_loopback(env)
        with only_run(data_directory(env)) as record:
            # What a killed run left is gone by now, so a taken port belongs to another program.
            _require_free_ports(env)
            with installation(env) as complete:
                _run_all(complete, record, signals)
    except (EmbeddedServerError, ProcessEnded) as problem:
        raise click.ClickException(str(problem)) from None


def _run_all(local: Installation, record: ProcessLockFile, signals: StopSignals) -> None:
    holds = (record.lock, *local.holds)
    with (
        Supervisor(ROOT, local.env, signals, holds=holds, note=record.note) as group,
        _stores_kept(local.stores),
    ):
        try:
            _start_all(group, local.env)
            click.echo(_welcome(local.env, is_new=_is_new(local.env)))
            group.wait()
        except AskedToStop:
            click.echo("Stopping …")


@contextmanager
def _stores_kept(stores: Servers | None) -> Iterator[None]:
    """Start the embedded stores again when they end, for as long as the block lasts; says so."""
    end = threading.Event()
    keeper = threading.Thread(target=_keep, args=(stores, end), name="stores", daemon=True)
    if stores:
        keeper.start()
    try:
        yield
    finally:
        end.set()
        if stores:
            keeper.join()


def _keep(stores: Servers, end: threading.Event) -> None:
    while not end.wait(LOOK_SECONDS):
        try:
            for name in stores.restart_missing():
                say("stores", f"{name} had ended; it has been started again.")
        except EmbeddedServerError as problem:
            say("stores", str(problem))


def _start_all(group: Supervisor, env: Mapping[str, str]) -> None:
    is_demo = env["DEMO"] == "1"
    group.run("migrate", (*FLASK, "db", "upgrade"))
    if is_demo:
        sandbox_data = str(data_directory(env) / "sandbox")
        port = str(int(env["PORT"]) + 1)
        group.start("sandbox", (*PYTHON, "sandbox", "--demo", "--port", port, "--data", sandbox_data), again=True)
    group.start("web", (*PYTHON, "gunicorn", "wsgi:app"), again=True)
    for name, command in WORKERS.items():
        group.start(name, command, again=True)
    group.start("scheduler", (*FLASK, "scheduler"), again=True)
    group.wait(lambda: _answers(f"http://{_reachable(env['HOST'])}:{env['PORT']}/healthz"))
    if is_demo:
        # The demo's account is connected like any other, which takes the web and the sandbox.
        group.run("seed", (*FLASK, "seed", "demo"))


def _is_new(env: Mapping[str, str]) -> bool:
    """Return whether there is no member yet, so that the first page is there."""
    # The first page that is drawn takes its time on a busy machine.
    return env["DEMO"] != "1" and _answers(f"http://{_reachable(env['HOST'])}:{env['PORT']}/setup", seconds=60)


def _welcome(env: Mapping[str, str], *, is_new: bool) -> str:
    lines = [f"Tomoru is running:  {env['PUBLIC_URL']}"]
    if env["DEMO"] == "1":
        lines.append(f"Sign in with        {DEMO_EMAIL}   password  {DEMO_PASSWORD}")
    elif is_new:
        lines.append(f"First administrator: {setup_code.address(env['PUBLIC_URL'], env['SECRET_KEY'])}")
    else:
        lines.append("Open it to sign in.")
    lines.append("Ctrl-C stops everything.")
    rule = "─" * max(map(len, lines))
    return "\n".join(["", rule, *lines, rule, ""])


def _require_free_ports(env: Mapping[str, str]) -> None:
    _require_free_port(env["HOST"], int(env["PORT"]))
    if env["DEMO"] == "1":
        _require_free_port("127.0.0.1", int(env["PORT"]) + 1)


def _require_loopback(env: Mapping[str, str]) -> None:
    """Refuse to show the demo, whose password is public, to others by mistake."""
    host = env["HOST"].strip("[]")
    is_loopback = host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
    if env["DEMO"] != "1" or is_loopback or env.get("DEMO_PUBLIC") == "1":
        return
    raise click.ClickException(
        f"The demo would listen on {env['HOST']}, where others reach it, and its password is public ({DEMO_EMAIL}, "
        f"{DEMO_PASSWORD}): they could sign in, and send through what you connect. Start it with DEMO_PUBLIC=1 if "
        "that is what you want, or an installation of your own with DEMO=0."
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _require_free_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as problem:
            raise click.ClickException(
                f"Port {port} on {host} cannot be used ({problem.strerror}): stop what uses it, or choose "
                f"another, for example `make run PORT={port + 10}`."
            ) from None


def _reachable(host: str) -> str:
    """Return the address that this machine reaches a listener under."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - compared only.


def _answers(address: str, seconds: float = 2) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=seconds) as answer:  # noqa: S310 - always http, to ourselves.
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


if __name__ == "__main__":
    up()
