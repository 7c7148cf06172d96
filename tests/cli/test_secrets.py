"""`flask secrets`: new keys, and old secrets under them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

from app.core.secrets import keyring
from tests.cli.conftest import Flasks
from tests.conftest import ENCRYPTION_KEY
from tests.factories import line


@pytest.fixture(autouse=True)
def same_keys_afterwards() -> Iterator[None]:
    yield
    keyring.use((ENCRYPTION_KEY,))


def test_a_new_key_is_usable(flask: Flasks) -> None:
    Fernet(flask("secrets", "new-key").stdout.strip())


def test_rotation_says_how_many_and_may_be_repeated(flask: Flasks) -> None:
    line.account()
    keyring.use((Fernet.generate_key().decode(), ENCRYPTION_KEY))
    first = flask("secrets", "rotate")
    assert (first.exit_code, first.stdout) == (0, "2 re-encrypted, 0 were under the newest key already.\n")
    assert flask("secrets", "rotate").stdout == "0 re-encrypted, 2 were under the newest key already.\n"


def test_rotation_without_the_old_key_fails_and_names_the_places(flask: Flasks) -> None:
    account = line.account(access_token=None).id
    keyring.use((Fernet.generate_key().decode(),))
    result = flask("secrets", "rotate")
    assert result.exit_code == 1
    assert f"accounts.channel_secret of row {account}" in result.output
