"""Errors of the API: problem documents (RFC 9457), in English, since programs read them and people search for them."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request
from flask_babel import force_locale

from app.core.i18n import Text

# Below these addresses programs ask.
PREFIXES = ("/api/", "/webhooks/workflows/")


def is_api() -> bool:
    """Return whether a program is asking."""
    return request.path.startswith(PREFIXES)


def problem(status: int, title: str, detail: Text | None = None, **more: Any) -> Response:
    """Return one problem; `more` are members of its own."""
    with force_locale("en"):
        words = {"type": "about:blank", "title": title, "status": status, "detail": str(detail) if detail else None}
    body = {name: value for name, value in {**words, **more}.items() if value is not None}
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/problem+json")
