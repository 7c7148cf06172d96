"""The three signatures that HubSpot puts on its requests."""

from __future__ import annotations

import base64
import hashlib
import hmac

# Escapes that are decoded in the address before it is signed.
DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
    "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip


def v1(secret: str, body: bytes) -> str:
    return hashlib.sha256(secret.encode() + body).hexdigest()


def v2(secret: str, method: str, uri: str, body: bytes) -> str:
    return hashlib.sha256(f"{secret}{method}{uri}".encode() + body).hexdigest()


def v3(secret: str, method: str, uri: str, body: bytes, timestamp: int) -> str:
    message = f"{method}{decoded(uri)}".encode() + body + str(timestamp).encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def decoded(uri: str) -> str:
    """Return the address with those escapes decoded that HubSpot decodes."""
    for escape, character in DECODED.items():
        uri = uri.replace(escape, character).replace(escape.lower(), character)
    return uri


def headers(secret: str, uri: str, body: bytes, timestamp: int, kinds: list[str]) -> dict[str, str]:
    """Return the headers of a POST; of v1 and v2 one can stand, v3 has headers of its own."""
    signed: dict[str, str] = {}
    if "v1" in kinds:
        signed |= {"X-HubSpot-Signature": v1(secret, body), "X-HubSpot-Signature-Version": "v1"}
    if "v2" in kinds:
        signed |= {"X-HubSpot-Signature": v2(secret, "POST", uri, body), "X-HubSpot-Signature-Version": "v2"}
    if "v3" in kinds:
        signed["X-HubSpot-Signature-v3"] = v3(secret, "POST", uri, body, timestamp)
        signed["X-HubSpot-Request-Timestamp"] = str(timestamp)
    return signed
