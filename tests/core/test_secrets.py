"""Secrets at rest: encrypted in the table, readable with the old key, and moved to the new one by rotation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import Engine, text

from app.core import key_rotation, secrets
from app.core.db import db
from app.core.secrets import UnreadableSecret, keyring
from app.line.models import Account
from tests.conftest import ENCRYPTION_KEY
from tests.factories import line, team


@pytest.fixture
def keys() -> Iterator[tuple[str, str]]:
    """(the old key, a new key); the keyring is put back afterwards."""
    yield ENCRYPTION_KEY, Fernet.generate_key().decode()
    keyring.use((ENCRYPTION_KEY,))


def stored(engine: Engine, table: str, column: str) -> list[bytes]:
    with engine.connect() as connection:
        query = text(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY id")
        return [bytes(value) for value in connection.scalars(query)]


def rows_of(app: Flask) -> list[Any]:
    db.session.expire_all()
    return list(db.session.query(Account).order_by(Account.id))


def test_a_secret_is_not_readable_in_the_table(app: Flask) -> None:
    line.account(channel_secret="the channel's secret")
    (kept,) = stored(db.engine, "accounts", "channel_secret")
    assert b"channel" not in kept
    assert rows_of(app)[0].channel_secret == "the channel's secret"


def test_no_secret_stays_no_secret(app: Flask) -> None:
    line.account(access_token=None)
    assert stored(db.engine, "accounts", "access_token") == []
    assert rows_of(app)[0].access_token is None


def test_the_wrong_key_does_not_open_it(app: Flask, keys: tuple[str, str]) -> None:
    line.account()
    keyring.use((keys[1],))
    (row,) = rows_of(app)
    with pytest.raises(UnreadableSecret):
        row.channel_secret  # noqa: B018


def test_rotation_moves_every_secret_of_every_table_under_the_new_key(app: Flask, keys: tuple[str, str]) -> None:
    old, new = keys
    line.account(channel_secret="one", access_token=None)
    line.account(channel_secret="two", access_token="three", login_channel_secret="four")
    member = team.administrator()
    member.totp_secret = "five"
    db.session.commit()
    keyring.use((new, old))
    result = key_rotation.rotate_all()
    assert (result.rotated, result.current, result.unreadable) == (5, 0, [])
    keyring.use((new,))
    assert [(row.channel_secret, row.access_token) for row in rows_of(app)] == [("one", None), ("two", "three")]
    assert member.totp_secret == "five"


def test_rotation_may_be_run_again(app: Flask, keys: tuple[str, str]) -> None:
    line.account(access_token=None)
    keyring.use((keys[1], keys[0]))
    key_rotation.rotate_all()
    before = stored(db.engine, "accounts", "channel_secret")
    again = key_rotation.rotate_all()
    assert (again.rotated, again.current) == (0, 1)
    assert stored(db.engine, "accounts", "channel_secret") == before


def test_rotation_goes_on_past_a_batch(app: Flask, keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    for _number in range(5):
        line.account(access_token=None)
    keyring.use((keys[1], keys[0]))
    assert key_rotation.rotate_all().rotated == 5


def test_rotation_names_what_no_key_opens_and_does_the_rest(app: Flask, keys: tuple[str, str]) -> None:
    lost = line.account(access_token=None).id
    keyring.use((keys[1],))
    line.account(access_token=None)
    keyring.use((Fernet.generate_key().decode(), keys[1]))
    result = key_rotation.rotate_all()
    assert result.unreadable == [f"accounts.channel_secret of row {lost}"]
    assert result.rotated == 1


def test_columns_with_secrets_are_found_by_their_type(app: Flask) -> None:
    found = {
        f"{column.table}.{column.name}" for columns in key_rotation.encrypted_columns().values() for column in columns
    }
    expected = {"accounts.channel_secret", "accounts.access_token", "accounts.login_channel_secret"}
    assert expected | {"members.totp_secret", "outgoing_mails.body"} <= found


def test_tokens_are_long_different_and_stored_as_digests() -> None:
    one, other = secrets.new_token(), secrets.new_token()
    assert one != other
    assert len(one) >= 43
    assert secrets.digest(one) != one
    assert secrets.same(secrets.digest(one), secrets.digest(one))
    assert not secrets.same("a", b"b")


def test_an_empty_keyring_says_who_fills_it() -> None:
    with pytest.raises(RuntimeError, match="create_app"):
        _ = secrets.Keyring().fernet
