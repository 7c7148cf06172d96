"""Tickets: signed ids of fetches, which go along through LINE's LIFF and come back with the person's ID token."""

from __future__ import annotations

from itsdangerous import BadSignature, TimestampSigner

# LIFF asks for consent at the first tap, which people read.
MINUTES = 15


def new_ticket(secret: str, code: str, fetch_id: int) -> str:
    """Return the ticket of a fetch of the link with this code."""
    return _signer(secret, code).sign(str(fetch_id)).decode()


def fetch_of(secret: str, code: str, ticket: str) -> int | None:
    """Return the fetch's id; None for a ticket that is forged, of another link, or older than 15 minutes."""
    try:
        return int(_signer(secret, code).unsign(ticket, max_age=MINUTES * 60))
    except (BadSignature, ValueError):
        return None


def _signer(secret: str, code: str) -> TimestampSigner:
    return TimestampSigner(secret, salt=f"link visit {code}")
