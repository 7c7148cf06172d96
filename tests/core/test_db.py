"""How the database is connected to."""

from __future__ import annotations

from flask import Flask

from app.core.db import db
from app.line.views.webhooks import desk


def test_no_connection_waits_for_a_vanished_server_for_ever(app: Flask) -> None:
    with db.engine.connect() as connection:
        ordinary = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    intake = desk().store.connect().info.get_parameters()
    for parameters in (ordinary, intake):
        assert 0 < int(parameters["tcp_user_timeout"]) <= 20_000
        assert 0 < int(parameters["keepalives_idle"]) <= 60
