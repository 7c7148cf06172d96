"""The installation's web server with one more address that only checks the signature: the intake's reference."""

from __future__ import annotations

import os

from flask import Flask, Response, request

from app.core.web.security import csrf
from app.factory import create_app
from app.line.intake import signature
from app.team.permissions import public

SECRET = os.environ["BENCH_SECRET"].encode()


def add_reference(app: Flask) -> Flask:
    """Add `POST /bench/signature` behind everything that every request passes."""

    @app.post("/bench/signature")
    @csrf.exempt  # type: ignore[untyped-decorator]
    @public
    def check() -> Response:
        fits = signature.fits(SECRET, request.get_data(cache=False), request.headers["x-line-signature"])
        return Response(status=200 if fits else 401, mimetype="text/plain")

    return app


app = add_reference(create_app())
