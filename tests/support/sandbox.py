"""The sandbox as a process of its own on a free port, for tests that need LINE to be there."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta
from json import dumps, loads
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]


class SandboxError(AssertionError):
    """The control API refused; `status` and `answer` say how."""

    def __init__(self, status: int, answer: Any) -> None:
        super().__init__(f"{status}: {answer}")
        self.status = status
        self.answer = answer


class SandboxServer:
    """`python -m sandbox`, started on construction and ready when the constructor returns.

    `url` is its origin (give it to the program as LINE's address), `api` speaks to the control API, whose
    routes are listed in the docstring of the package `sandbox`.
    """

    def __init__(
        self,
        *,
        data: Path | None = None,
        seed: int = 1,
        demo: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        command = [sys.executable, "-m", "sandbox", "--host", host, "--port", str(port), "--seed", str(seed)]
        command += ["--data", str(data)] if data else []
        command += ["--demo"] if demo else []
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        self.url = self._announced_url()

    @classmethod
    def start(cls, **options: Any) -> Self:
        """A running sandbox; the options are the constructor's."""
        return cls(**options)

    def _announced_url(self) -> str:
        """The sandbox listens before it prints its address, so the line means it is ready."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("Sandbox: "):
            self.process.wait(10)
            raise RuntimeError(f"The sandbox did not start (exit code {self.process.returncode}): {line!r}")
        return line.removeprefix("Sandbox: ").strip().removesuffix("/_sandbox/")

    def api(self, method: str, path: str, json: dict[str, Any] | None = None) -> Any:
        """Call the control API, for example `api("POST", "/clock", {"advance_seconds": 60})`."""
        prefix = "" if path.startswith("/_sandbox/") else "/_sandbox/api"
        return self._call(method, self.url + prefix + path, json, {})

    def line(self, method: str, path: str, token: str, json: dict[str, Any] | None = None, **headers: str) -> Any:
        """Call the Messaging API with a channel access token; headers as keywords, `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._call(method, self.url + path, json, named | {"Authorization": f"Bearer {token}"})

    def _call(self, method: str, url: str, body: Any, headers: dict[str, str]) -> Any:
        data = None if body is None else dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        url = urllib.parse.quote(url, safe=":/?&=%+,@")
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            raw = error.read()
            with contextlib.suppress(ValueError):
                raise SandboxError(error.code, loads(raw)) from error
            raise SandboxError(error.code, raw) from error

    def reset(self) -> None:
        """Close all channels, forget faults, counters and logs, and set the clock right."""
        self.api("POST", "/reset")

    def create_channel(self, **settings: Any) -> dict[str, Any]:
        """Open a channel; its answer carries `channel_id`, `secret` and, where asked for, `tokens`."""
        answer: dict[str, Any] = self.api("POST", "/channels", settings)
        return answer

    def act(self, channel_id: str, user_id: str, act: str, **fields: Any) -> Any:
        """Let a friend do something and wait until the webhook was answered."""
        path = f"/channels/{channel_id}/friends/{user_id}/acts"
        return self.api("POST", path, {"act": act, "wait": 10} | fields)

    @property
    def ahead(self) -> timedelta:
        """How far its clock has been pushed."""
        return timedelta(seconds=self.api("GET", "/clock")["offset_seconds"])

    def advance(self, seconds: float) -> None:
        """Push the sandbox's clock forward."""
        self.api("POST", "/clock", {"advance_seconds": seconds})

    def stop(self) -> int:
        """Ask it to stop and wait; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def kill(self) -> None:
        """End it without warning, as a crash would."""
        self.process.kill()
        self.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
