"""Addresses of codes: what the image holds, and where a scan leads."""

from __future__ import annotations

import re
from urllib.parse import quote

from app.line.models import Account
from app.messages.tracking.addresses import addresses
from app.workflows.qr_codes.models import QrCode

# The first part of the way below the LIFF app's address.
LIFF_PART = "q"
# The text that the chat is opened with where there is no LIFF app. Only exactly this text counts as a scan.
_TEXT = re.compile(r"QR-([0-9A-Za-z]{11})")


def address_of(code: QrCode) -> str:
    """Return the address that the image holds."""
    return f"{addresses.short}/q/{code.code}"


def way_of(account: Account, code: QrCode) -> str:
    """Return where the address leads: to the LIFF app, else to the chat with the text of the code."""
    if code.archived_at is not None:
        return chat_of(account)
    if account.liff_id:
        return f"{addresses.liff}/{account.liff_id}/{LIFF_PART}/{code.code}"
    return f"https://line.me/R/oaMessage/{quote(_line_id(account), safe='')}/?{quote(text_of(code))}"


def end_of(account: Account, code: QrCode) -> str:
    """Return where the LIFF page leads on to."""
    return code.page_url or chat_of(account)


def chat_of(account: Account) -> str:
    """Return LINE's address of the chat, which offers to add the account to those who are no friends."""
    return f"https://line.me/R/ti/p/{quote(_line_id(account), safe='')}"


def text_of(code: QrCode) -> str:
    """Return the text that a person sends to say that they scanned the code."""
    return f"QR-{code.code}"


def code_in(message: object) -> str | None:
    """Return the code that a received text is; None for every other text."""
    found = _TEXT.fullmatch(message.strip()) if isinstance(message, str) else None
    return found[1] if found else None


def _line_id(account: Account) -> str:
    return account.premium_id or account.basic_id
