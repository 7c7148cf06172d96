"""Answers given in front of Flask, whose hooks cost more than all the rest of a small answer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask

from app.core.config import Config
from app.core.web import headers, metrics, security

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True)
class QuickAnswer:
    """An answer, and the endpoint of the view that would have given it; `headers` come before those of all answers."""

    endpoint: str
    status: str
    headers: Mapping[str, str]
    body: Iterable[bytes] = ()


class Shortcut:
    """WSGI layer for the addresses that begin with `start`; behind the layers that read forwarded headers.

    What `answer` leaves goes on to Flask, as do other methods and hosts that cannot be.
    """

    start: str
    methods = frozenset({"GET"})

    def __init__(self, app: Flask, config: Config) -> None:
        self.app, self.behind, self._fixed = app, app.wsgi_app, security.fixed_headers(config)

    def answer(self, environ: WSGIEnvironment, rest: str) -> QuickAnswer | None:
        """Return the answer for what follows the start of the path; None leaves it to the view."""
        raise NotImplementedError

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or hand the request on."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if not path.startswith(self.start) or method not in self.methods or headers.has_bad_host(environ):
            return self.behind(environ, start_response)
        started = time.perf_counter()
        found = self.answer(environ, path.removeprefix(self.start))
        if found is None:
            return self.behind(environ, start_response)
        start_response(found.status, [*(self._fixed | dict(found.headers)).items()])
        metrics.observe(found.endpoint, method, int(found.status[:3]), time.perf_counter() - started)
        return found.body
