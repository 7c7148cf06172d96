"""Signed addresses of received files, for programs that read messages with a key."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

# How long an address is good.
GOOD_FOR = timedelta(hours=1)


def sign(content_id: int) -> str:
    """Return what stands for the content in an address."""
    return _serializer().dumps(content_id)


def content_id_of(signed: str) -> int | None:
    """Return the id of the content; None for what is forged or older than an hour."""
    try:
        found = _serializer().loads(signed, max_age=int(GOOD_FOR.total_seconds()))
    except BadData:
        return None
    return found if isinstance(found, int) else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="received file")
