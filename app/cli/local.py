"""Runs any command with everything a local installation has: settings, keys of its own, embedded servers.

`python -m app.cli.local flask shell` talks to the same database as `make run`. Stores that the environment
names are used instead of the embedded ones. The demo keeps its data apart from an installation in earnest.
"""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from app.core import config
from app.embedded import servers
from app.embedded.errors import EmbeddedServerError

ROOT = Path(__file__).resolve().parents[2]
# The app that the demo's sandbox knows at HubSpot.
HUBSPOT_APP = {
    "HUBSPOT_APP_ID": "4100001",
    "HUBSPOT_CLIENT_ID": "7c1d2a3e-1111-4a2b-9c3d-000000000001",
    "HUBSPOT_CLIENT_SECRET": "7c1d2a3e-2222-4a2b-9c3d-000000000002",
    "HUBSPOT_DEVELOPER_KEY": "sandbox-hubspot-developer-key",
}
VENV_PROGRAMS = Path(sys.executable).parent


def settings() -> dict[str, str]:
    """Return the environment, over the file `.env`, over what a local run takes when neither says."""
    env = read_env_file(ROOT / ".env") | os.environ
    # Demo data must not end up in a real database because an option was forgotten.
    env["DEMO"] = str(int(config.flag("DEMO", env.get("DEMO") or ("0" if _is_given(env, "DATABASE_URL") else "1"))))
    port = config.number("PORT", env.get("PORT") or "8000")
    if not 0 < port < 65535:
        raise config.WrongSetting("PORT", f"must lie between 1 and 65534, not {port}.")
    own_address = f"http://127.0.0.1:{port}"
    defaults = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": own_address,
        "FLASK_APP": "wsgi",
        "LOG_FORMAT": "console",
        "TOMORU_DATA": str(ROOT / ".data"),
    }
    if env["DEMO"] == "1":
        # The sandbox stands on the next port.
        sandbox = f"http://127.0.0.1:{port + 1}"
        defaults |= {"LINE_API_URL": sandbox, "LINE_DATA_URL": sandbox, "SANDBOX_URL": sandbox}
        defaults |= HUBSPOT_APP
        defaults |= {"HUBSPOT_API_URL": f"{sandbox}/hubspot", "HUBSPOT_APP_URL": f"{sandbox}/hubspot"}
        defaults |= {"LINE_LIFF_URL": f"{sandbox}/liff", "LINE_LIFF_SDK_URL": f"{sandbox}/liff/sdk.js"}
    return defaults | {name: value for name, value in env.items() if value}


def read_env_file(path: Path) -> dict[str, str]:
    """Return the settings in a file of `NAME=value` lines; empty when there is no file."""
    if not path.exists():
        return {}
    lines = (line.strip().removeprefix("export ") for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def data_directory(env: Mapping[str, str]) -> Path:
    """Return where this installation keeps what is its own; made on first use."""
    base = Path(env["TOMORU_DATA"]).expanduser().resolve()
    directory = base / "demo" if env["DEMO"] == "1" else base
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


@dataclass(frozen=True)
class Installation:
    """Complete settings, and the embedded stores behind them (None: the environment names both)."""

    env: dict[str, str]
    stores: servers.Servers | None = None

    @property
    def holds(self) -> tuple[int, ...]:
        """Descriptors for every process that uses the stores, so that no other process stops them under it."""
        return self.stores.holds if self.stores else ()


@contextmanager
def installation(env: Mapping[str, str]) -> Iterator[Installation]:
    """Complete the settings with keys and running stores, for as long as the block lasts."""
    data = data_directory(env)
    complete = {"MEDIA_DIR": str(data / "media"), **env}
    if not _is_given(env, "SECRET_KEY"):
        complete["SECRET_KEY"] = _kept_key(data / "secret.key", secrets.token_hex(32))
    if not _is_given(env, "ENCRYPTION_KEYS"):
        complete["ENCRYPTION_KEYS"] = _kept_key(data / "encryption.key", Fernet.generate_key().decode())
    with ExitStack() as running:
        missing, started = {store: not _is_given(env, f"{store}_URL") for store in ("DATABASE", "REDIS")}, None
        if any(missing.values()):
            started = servers.start(data, postgres=missing["DATABASE"], redis=missing["REDIS"])
            running.enter_context(started)
            complete |= {"DATABASE_URL": started.database_url} if missing["DATABASE"] else {}
            complete |= {"REDIS_URL": started.redis_url} if missing["REDIS"] else {}
        yield Installation(complete, started)


def _is_given(env: Mapping[str, str], name: str) -> bool:
    """Return whether a setting has a value, or a file that holds it."""
    return bool(env.get(name) or env.get(f"{name}_FILE"))


def _kept_key(path: Path, new: str) -> str:
    """Return the key in a file that only its owner can read; the new one is put there when there is none."""
    if not path.exists():
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.touch(mode=0o600)
        unfinished.write_text(new)
        # A link fails where another process was faster, and then its key counts.
        with suppress(FileExistsError):
            path.hardlink_to(unfinished)
        unfinished.unlink()
    return path.read_text().strip()


def main(command: list[str]) -> int:
    """Runs the command and returns its exit code."""
    if not command:
        raise SystemExit("Usage: python -m app.cli.local COMMAND …")
    # The command answers a Ctrl-C as it likes; the servers are stopped when it is done.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with installation(settings()) as local:
        env = local.env | {"PATH": f"{VENV_PROGRAMS}{os.pathsep}{local.env['PATH']}"}
        return subprocess.run(command, cwd=ROOT, env=env, pass_fds=local.holds, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except EmbeddedServerError as problem:
        sys.exit(str(problem))
