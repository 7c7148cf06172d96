"""What makes a password acceptable, and how it is kept."""

from __future__ import annotations

import pytest

from app.core.errors import InvalidInput
from app.team import passwords
from tests.support.passwords import METHOD


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "nine char",
        "alice@example.com",
        "ALICE@EXAMPLE.COM",
        "Alice Liddell",
        "aliceliddell",
        "qwertyuiop",
        "Password123",
        "aaaaaaaaaaaa",
        "ababababab",
        "１２３４５６７８９０",
        "x" * 257,
    ],
)
def test_a_guessable_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        passwords.check_strength(password, "alice@example.com", "Alice Liddell")
    assert "password" in refusal.value.fields


@pytest.mark.parametrize("password", ["correct horse battery", "灯る灯る友だちの数だけ灯る", "alice@example.com!7"])
def test_a_password_of_ones_own_is_accepted(password: str) -> None:
    passwords.check_strength(password, "alice@example.com", "Alice Liddell")


def test_a_short_name_does_not_forbid_everything() -> None:
    passwords.check_strength("correct horse battery", "a@example.com", "")


def test_only_the_same_password_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "METHOD", METHOD)
    stored = passwords.hashed("correct horse battery")
    assert stored.startswith("scrypt:32768:8:1$")
    assert passwords.matches(stored, "correct horse battery")
    assert not passwords.matches(stored, "correct horse batterz")


def test_full_width_characters_are_the_same_password() -> None:
    assert passwords.matches(passwords.hashed("ｔｏｍｏｒｕ-2026"), "tomoru-2026")


def test_without_a_stored_password_nothing_fits() -> None:
    assert not passwords.matches(None, "no one signs in with this")


def test_the_common_ones_are_long_enough_to_matter() -> None:
    assert len(passwords.COMMON) > 100
    assert all(len(word) >= passwords.LEAST and word == word.casefold() for word in passwords.COMMON)
