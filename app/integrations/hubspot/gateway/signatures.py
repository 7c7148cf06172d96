"""Whether a request is HubSpot's: three schemes over the raw body and the public address, and the clock of the third.

A request that carries v3 is judged by v3 alone. One without any signature is never HubSpot's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app.core import error_messages
from app.core.clock import now
from app.core.i18n import _l

SIGNATURE, VERSION, SIGNATURE_V3, TIMESTAMP = (
    "x-hubspot-signature",
    "x-hubspot-signature-version",
    "x-hubspot-signature-v3",
    "x-hubspot-request-timestamp",
)
# How far the clock of a request may be from ours.
MOST_APART = timedelta(minutes=5)
# Escapes that HubSpot signs as the characters they stand for.
_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
    "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ESCAPES = re.compile("|".join(_DECODED), re.IGNORECASE)

error_messages.register(
    {
        "hubspot.unsigned": _l("A request to the address for HubSpot had no signature."),
        "hubspot.wrong_key": _l(
            "A request to the address for HubSpot is not signed with the client secret that is stored here. Copy the"
            " secret again from the app in HubSpot, and look whether PUBLIC_URL is the address that HubSpot calls."
        ),
        "hubspot.wrong_clock": _l(
            "A request of HubSpot is signed for a time more than 5 minutes away from the clock of this server. Set the"
            " clock of the server right."
        ),
    }
)


class Signed(StrEnum):
    """What a signature proves; each but VALID has a sentence under `hubspot.` and its value."""

    VALID = "valid"
    UNSIGNED = "unsigned"
    WRONG_KEY = "wrong_key"
    WRONG_CLOCK = "wrong_clock"


@dataclass(frozen=True)
class SignatureCheck:
    """The result; `drift` is HubSpot's clock minus ours where the request tells a time and its key is right."""

    signed: Signed
    drift: timedelta | None = None

    @property
    def is_valid(self) -> bool:
        return self.signed is Signed.VALID

    @property
    def code(self) -> str | None:
        """Return the code of the error message; None when there is nothing wrong."""
        return None if self.is_valid else f"hubspot.{self.signed}"


@dataclass(frozen=True)
class SignedRequest:
    """A request as it came in: `uri` is our public address with path and query, exactly as they were asked for."""

    method: str
    uri: str
    body: bytes
    headers: Mapping[str, str]

    def header(self, name: str) -> str:
        """Return a header, whatever the case of its name; empty when it is missing."""
        return next((value for given, value in self.headers.items() if given.lower() == name), "")


def check(secret: str, request: SignedRequest) -> SignatureCheck:
    """Return whether the request is signed with the app's client secret, and by a clock that is right."""
    if not secret:
        return SignatureCheck(Signed.WRONG_KEY)
    if request.header(SIGNATURE_V3):
        return _check_v3(secret, request)
    given = request.header(SIGNATURE)
    if not given:
        return SignatureCheck(Signed.UNSIGNED)
    sign = {"v1": v1, "v2": v2}.get(request.header(VERSION).lower())
    is_right = sign is not None and _equal(sign(secret, request), given)
    return SignatureCheck(Signed.VALID if is_right else Signed.WRONG_KEY)


def v1(secret: str, request: SignedRequest) -> str:
    """Sign as webhooks of older apps do."""
    return hashlib.sha256(secret.encode() + request.body).hexdigest()


def v2(secret: str, request: SignedRequest) -> str:
    """Sign as workflow actions do."""
    return hashlib.sha256(f"{secret}{request.method}{request.uri}".encode() + request.body).hexdigest()


def v3(secret: str, request: SignedRequest, timestamp: str) -> str:
    """Sign as webhooks of project apps do; `timestamp` is in milliseconds."""
    uri = _ESCAPES.sub(lambda found: _DECODED[found[0].upper()], request.uri)
    message = f"{request.method}{uri}".encode() + request.body + timestamp.encode()
    return base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()


def _check_v3(secret: str, request: SignedRequest) -> SignatureCheck:
    timestamp = request.header(TIMESTAMP)
    if not _equal(v3(secret, request, timestamp), request.header(SIGNATURE_V3)):
        return SignatureCheck(Signed.WRONG_KEY)
    drift = _drift(timestamp)
    if drift is None or abs(drift) > MOST_APART:
        return SignatureCheck(Signed.WRONG_CLOCK, drift)
    return SignatureCheck(Signed.VALID, drift)


def _drift(timestamp: str) -> timedelta | None:
    try:
        return datetime.fromtimestamp(int(timestamp) / 1000, UTC) - now()
    except (ValueError, OverflowError, OSError):
        return None


def _equal(ours: str, given: str) -> bool:
    """Compare in a time that does not depend on where they differ."""
    return hmac.compare_digest(ours.encode(), given.encode(errors="replace"))
