"""Passwords at almost no cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.team import passwords

# What members get, and tests only where they ask for it: every hash takes 60 ms.
METHOD = passwords.METHOD


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords by one round of a plain digest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "METHOD", "pbkdf2:sha256:1")
        yield
