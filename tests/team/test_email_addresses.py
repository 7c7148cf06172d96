"""E-mail addresses in their one form."""

from __future__ import annotations

import pytest

from app.core.errors import InvalidInput
from app.team import email_addresses


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Alice@EXAMPLE.com ", "Alice@example.com"),
        ("admin@localhost", "admin@localhost"),
        ("office@shop.local", "office@shop.local"),
        ("hanako@例え.jp", "hanako@例え.jp"),
    ],
)
def test_an_address_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert email_addresses.normal(typed) == stored


@pytest.mark.parametrize("typed", ["", "alice", "a b@example.com", "a@b@example.com", "a@example.com\nBcc: x@y.z"])
def test_what_no_mail_reaches_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        email_addresses.normal(typed)
    assert "email" in refusal.value.fields
