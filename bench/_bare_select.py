"""The installation's web server with one more address that reads a row by its key: the reference of the live chat.

It stands behind everything that every request of a signed-in member passes.
"""

from __future__ import annotations

from flask import Flask, Response, request
from sqlalchemy import text

from app.core.db import db
from app.factory import create_app
from app.team.permissions import requires_member

QUERY = text("SELECT changed_in FROM conversations WHERE id = :id")


def add_reference(app: Flask) -> Flask:
    """Add `GET /bench/select?id=`."""

    @app.get("/bench/select")
    @requires_member
    def one_row() -> Response:
        found = db.session.scalar(QUERY, {"id": int(request.args["id"])})
        return Response(str(found), mimetype="text/plain")

    return app


app = add_reference(create_app())
