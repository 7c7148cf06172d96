"""Commands run as a person would type them, on the test's database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from app.cli.commands import register
from app.core.db import db

Flasks = Callable[..., Result]


@pytest.fixture
def flask(app: Flask) -> Flasks:
    """Run `flask …` and return what it printed and how it ended; other tests' objects are read again afterwards."""
    register(app)

    def run(*words: str, input: str = "") -> Result:
        db.session.commit()
        result = app.test_cli_runner().invoke(args=words, input=input)
        db.session.expire_all()
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
