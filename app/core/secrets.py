"""Secrets at rest: a column type that encrypts, with key rotation; and tokens that strangers cannot guess."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator

from app.core.errors import PermanentFailure


class Keyring:
    """The process's encryption keys, set once by the factory from `ENCRYPTION_KEYS`."""

    def __init__(self) -> None:
        self._fernet: MultiFernet | None = None
        self._newest: Fernet | None = None

    def use(self, keys: tuple[str, ...]) -> None:
        """Take these keys; the first encrypts, all decrypt."""
        fernets = [Fernet(key) for key in keys]
        self._fernet, self._newest = MultiFernet(fernets), fernets[0]

    @property
    def fernet(self) -> MultiFernet:
        if self._fernet is None:
            raise RuntimeError("The keyring is empty: create_app() fills it.")
        return self._fernet

    @property
    def newest(self) -> Fernet:
        if self._newest is None:
            raise RuntimeError("The keyring is empty: create_app() fills it.")
        return self._newest


keyring = Keyring()


class UnreadableSecret(PermanentFailure):
    """None of ENCRYPTION_KEYS opens a stored secret; the key that wrote it is needed."""

    def __init__(self) -> None:
        super().__init__("secrets.unreadable")


class Encrypted(TypeDecorator[str]):
    """Text stored encrypted (Fernet: AES-128-CBC with HMAC-SHA256); reading with no fitting key: UnreadableSecret."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        return None if value is None else keyring.fernet.encrypt(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        try:
            return None if value is None else keyring.fernet.decrypt(bytes(value)).decode()
        except InvalidToken as error:
            raise UnreadableSecret from error


class EncryptedOrLost(Encrypted):
    """Like Encrypted, but a value that no key decrypts is read as None, so that lists still open."""

    cache_ok = True

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        try:
            return super().process_result_value(value, dialect)
        except UnreadableSecret:
            return None


def is_current(stored: bytes) -> bool:
    """Return whether a stored value is under the newest key already."""
    try:
        keyring.newest.decrypt(bytes(stored))
    except InvalidToken:
        return False
    return True


def rotate(stored: bytes) -> bytes:
    """Re-encrypt a stored value under the newest key; raises UnreadableSecret when no key opens it."""
    try:
        return keyring.fernet.rotate(bytes(stored))
    except InvalidToken as error:
        raise UnreadableSecret from error


def new_token() -> str:
    """Return a 256-bit token for a link, safe in a URL."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is stored of a link token, so that reading the table does not open the link."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: bytes | str, right: bytes | str) -> bool:
    """Compare in constant time."""
    as_bytes = [value.encode() if isinstance(value, str) else value for value in (left, right)]
    return hmac.compare_digest(*as_bytes)
