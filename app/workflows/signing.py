"""Sign what is sent to other systems, and check what they sign, as Standard Webhooks says.

https://www.standardwebhooks.com

    webhook-id: 12:3
    webhook-timestamp: 1764400000
    webhook-signature: v1,<base64 of the HMAC-SHA256 of "id.timestamp.body">

A secret of the form `whsec_<base64>` is the decoded bytes, any other one its text in UTF-8.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping

from app.core.i18n import Text, _l
from app.core.secrets import same

PREFIX = "whsec_"
SHORTEST, LONGEST = 16, 200


def new_secret() -> str:
    """Return a secret that cannot be guessed."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def is_secret(text: str) -> bool:
    """Return whether a text can be a secret."""
    return SHORTEST <= len(text) <= LONGEST and text.isascii() and text.isprintable()


def wrong_secret() -> Text:
    """Return what is said of a text that cannot be one."""
    return _l("A secret has %(least)s to %(most)s letters, digits and marks.", least=SHORTEST, most=LONGEST)


def signed_headers(secret: str, key: str, moment: int, body: bytes) -> Mapping[str, str]:
    """Return the headers of a body; `key` is the same for every try, `moment` is in seconds since 1970."""
    signature = _signature(secret, key, str(moment), body)
    return {"webhook-id": key, "webhook-timestamp": str(moment), "webhook-signature": signature}


def is_signed(secret: str, key: str, moment: str, body: bytes, signatures: str) -> bool:
    """Return whether one of the signatures, with blanks between them, is that of the other headers and the body."""
    right = _signature(secret, key, moment, body)
    return any(same(one, right) for one in signatures.split())


def _signature(secret: str, key: str, moment: str, body: bytes) -> str:
    told = f"{key}.{moment}.".encode() + body
    return "v1," + b64encode(hmac.new(_bytes_of(secret), told, hashlib.sha256).digest()).decode()


def _bytes_of(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(PREFIX), validate=True)
    except (Error, ValueError):
        return secret.encode()
