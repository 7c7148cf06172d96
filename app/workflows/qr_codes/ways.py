"""Addresses of codes: what the image holds, and where a scan leads.

The way carries a mark of when the address was opened, so that a friend add in between is known to come of the scan.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from app.line.models import Account
from app.messages.tracking.addresses import addresses
from app.workflows.qr_codes.models import QrCode

# The first part of the way below the LIFF app's address.
LIFF_PART = "q"
# The text that the chat is opened with where there is no LIFF app, with or without a mark. No other text is a scan.
_TEXT = re.compile(r"QR-([0-9A-Za-z]{11})(?:-([0-9a-z]{1,8}))?")
# Within so long a person sends the text, or LINE opens the page, as part of the same scan.
SCAN_LASTS = timedelta(minutes=10)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def address_of(code: QrCode) -> str:
    """Return the address that the image holds."""
    return f"{addresses.short}/q/{code.code}"


def way_of(account: Account, code: QrCode, opened_at: datetime) -> str:
    """Return where the address leads: to the LIFF app, else to the chat with the text of the code."""
    if code.archived_at is not None:
        return chat_of(account)
    if account.liff_id:
        return f"{addresses.liff}/{account.liff_id}/{LIFF_PART}/{code.code}/{mark_of(opened_at)}"
    return f"https://line.me/R/oaMessage/{quote(_line_id(account), safe='')}/?{quote(text_of(code, opened_at))}"


def end_of(account: Account, code: QrCode) -> str:
    """Return where the LIFF page leads on to."""
    return code.page_url or chat_of(account)


def chat_of(account: Account) -> str:
    """Return LINE's address of the chat, which offers to add the account to those who are no friends."""
    return f"https://line.me/R/ti/p/{quote(_line_id(account), safe='')}"


def text_of(code: QrCode, opened_at: datetime | None = None) -> str:
    """Return the text that a person sends to say that they scanned the code."""
    return f"QR-{code.code}" + (f"-{mark_of(opened_at)}" if opened_at else "")


def code_in(message: object) -> tuple[str, str] | None:
    """Return the code that a received text is, and its mark or ""; None for every other text."""
    found = _TEXT.fullmatch(message.strip()) if isinstance(message, str) else None
    return (found[1], found[2] or "") if found else None


def mark_of(moment: datetime) -> str:
    """Return a moment as short letters."""
    number, letters = int(moment.timestamp()), ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        letters = _DIGITS[digit] + letters
    return letters


def opened_at(mark: str, seen_at: datetime) -> datetime:
    """Return when the address was opened, by the mark of what came of it; `seen_at` for one that cannot be true."""
    if not re.fullmatch(r"[0-9a-z]{1,8}", mark):
        return seen_at
    age = seen_at.timestamp() - int(mark, len(_DIGITS))
    return datetime.fromtimestamp(int(mark, len(_DIGITS)), UTC) if 0 <= age <= SCAN_LASTS.total_seconds() else seen_at


def _line_id(account: Account) -> str:
    return account.premium_id or account.basic_id
