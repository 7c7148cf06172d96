"""LINE's signature: base64 of HMAC-SHA256 over the raw body with the channel secret."""

from __future__ import annotations

import base64
import hmac

from app.core.secrets import same


def sign(secret: bytes, body: bytes) -> bytes:
    """Return the signature that LINE puts into `x-line-signature`."""
    return base64.b64encode(hmac.digest(secret, body, "sha256"))


def fits(secret: bytes, body: bytes, signature: str) -> bool:
    """Return whether the body was signed with this secret; compared in constant time."""
    return same(sign(secret, body), signature.encode("utf-8", "replace"))
