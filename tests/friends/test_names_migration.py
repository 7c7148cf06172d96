"""Names that were stored before names that look alike, or that cannot be seen, were refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from app.core.config import Config
from app.core.db import db
from app.factory import create_app
from tests.support.database import fresh_database

BEFORE = "0015"
ROWS = """
    INSERT INTO accounts (id, webhook_key, bot_user_id, basic_id, name) VALUES (1, 'k', 'U1', '@a', 'Coffee');
    INSERT INTO tags (id, account_id, name, deleted_at) VALUES
        (1, 1, 'VIP', NULL), (2, 1, E'V\\u200bIP', NULL), (3, 1, 'VІР', NULL),
        (4, 1, 'VIP', now()), (5, 1, 'Tea', NULL);
    INSERT INTO attribute_definitions (id, account_id, key, label) VALUES (1, 1, 'a', 'カフェ'), (2, 1, 'b', '力フェ');
    INSERT INTO segment_folders (id, account_id, name) VALUES (1, 1, 'コーヒー'), (2, 1, 'コ-ヒ-');
    INSERT INTO friends (id, account_id, line_user_id, display_name, origin) VALUES
        (1, 1, 'U1', E'\\u3164', 'import'), (2, 1, 'U2', E' \\u2800\\u00a0', 'import'), (3, 1, 'U3', '花子', 'import'),
        (4, 1, 'U4', E'ab\\u202ec', 'import'), (5, 1, 'U5', NULL, 'import'), (6, 1, 'U6', '❤️', 'import');
"""


@pytest.fixture
def older(servers: SimpleNamespace, config: Config) -> Iterator[Flask]:
    """A database as the version before left it."""
    with fresh_database(servers.database_url, "test_names_migration") as url:
        own = create_app(replace(config, database_url=url, database_direct_url=""))
        with own.app_context():
            upgrade(revision=BEFORE)
            db.session.execute(text(ROWS))
            db.session.commit()
            yield own
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


def names(table: str, column: str) -> list[str | None]:
    found = list(db.session.scalars(text(f"SELECT {column} FROM {table} ORDER BY id")))
    db.session.rollback()
    return found


def test_names_that_look_alike_get_a_number_and_unseen_ones_are_not_known(older: Flask) -> None:
    upgrade()

    assert names("tags", "name") == ["VIP", "V\u200bIP (2)", "VІР (3)", "VIP", "Tea"]
    assert names("attribute_definitions", "label") == ["カフェ", "力フェ (2)"]
    assert names("segment_folders", "name") == ["コーヒー", "コ-ヒ- (2)"]
    assert names("friends", "display_name") == [None, None, "花子", "abc", None, "❤️"]
    downgrade(revision=BEFORE)
    upgrade()
