"""The installation's web server with a bare Flask application beside it: the reference of tracked links.

Its address begins like theirs, so that the same threads serve both.
"""

from __future__ import annotations

from flask import Flask, redirect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from app.factory import create_app

TARGET = "https://shop.example/spring?item=4711&from=line#top"
bare = Flask("bare")


@bare.get("/<code>")
def follow(code: str) -> Response:
    del code
    return redirect(TARGET)


app = create_app()
app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/l/bare": bare})  # type: ignore[method-assign]
