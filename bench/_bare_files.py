"""The installation's web server with a bare Flask application beside it that sends one file: the reference of media.

Its address begins like theirs, so that the same threads serve both.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response, send_file
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app.factory import create_app

FILE = Path(os.environ["BENCH_FILE"])
bare = Flask("bare")


@bare.get("/file")
def file() -> Response:
    return send_file(FILE, mimetype="image/jpeg", conditional=True, max_age=31_536_000)


app = create_app()
app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/media/bare": bare})  # type: ignore[method-assign]
