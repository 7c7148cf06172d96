"""Tickets: signed ids of fetches, which go along through LINE's LIFF and come back with the person's ID token."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner

# LIFF asks for consent at the first tap, which people read.
MINUTES = 15


def new_ticket(code: str, fetch_id: int) -> str:
    """Return the ticket of a fetch of the link with this code."""
    return _signer(code).sign(str(fetch_id)).decode()


def fetch_of(code: str, ticket: str) -> int | None:
    """Return the fetch's id; None for a ticket that is forged, of another link, or older than 15 minutes."""
    try:
        return int(_signer(code).unsign(ticket, max_age=MINUTES * 60))
    except (BadSignature, ValueError):
        return None


def _signer(code: str) -> TimestampSigner:
    return TimestampSigner(current_app.config["SECRET_KEY"], salt=f"link visit {code}")
