"""An application with addresses that fail in every way, for the tests of what surrounds all views."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response, abort
from sqlalchemy import text

from app.core import htmx
from app.core.config import Config
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.factory import create_app
from app.team.models import Workspace
from tests.support.client import CheckingClient


def fail(way: str) -> Response | tuple[str, int]:
    db.session.merge(Workspace(id=1, name=f"Renamed by {way}"))
    db.session.flush()
    match way:
        case "nothing":
            return "done", 200
        case "unprocessable":
            return "look again", 422
        case "toast":
            htmx.toast("Saved.")
            return htmx.render("errors/_toast_only.html", status=200)
        case "uncommitted":
            htmx.toast("Saved.")
            response = htmx.render("errors/_toast_only.html", status=200)
            db.session.merge(Workspace(id=1, name="a\0b"))
            return response
        case "missing":
            raise NotFound
        case "forbidden":
            raise NotAllowed
        case "forbidden-because":
            raise NotAllowed("Only on Mondays.")
        case "conflict":
            raise Conflict("Someone else was faster.")
        case "invalid":
            raise InvalidInput(name="Use another name.")
        case "database":
            db.session.execute(text("SELECT no_such_column"))
        case "bug":
            raise ZeroDivisionError("the secret number was 42")
    abort(int(way))


@pytest.fixture(scope="session")
def failing_app(migrated_app: Flask, config: Config) -> Iterator[Flask]:
    app = create_app(config)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.test_client_class = CheckingClient
    app.add_url_rule("/fail/<way>", view_func=fail, methods=["GET", "POST"])
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def failing(app: Flask, failing_app: Flask) -> CheckingClient:
    """A browser in front of the application that fails on demand."""
    return failing_app.test_client()  # type: ignore[return-value]
