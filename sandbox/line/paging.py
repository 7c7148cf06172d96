"""Opaque continuation tokens that know whom they were issued to and lose their worth after 24 hours."""

import base64
import hashlib
import hmac
import json
from typing import Any

from sandbox.line.envelope import Call, LineError

DAY = 24 * 3600
BAD_START = "Invalid start param"
PROOF_BYTES = 12


def sealed(call: Call, what: str, spot: dict[str, Any]) -> str:
    """Return a token for this place in a list of `what`."""
    claim = json.dumps([what, call.channel.channel_id, call.now, spot]).encode()
    return base64.urlsafe_b64encode(_proof(call, claim) + claim).decode()


def opened(call: Call, what: str, token: str) -> dict[str, Any]:
    """Return the place that a token stands for; 400 when it is not ours, of another list or channel, or too old."""
    try:
        raw = base64.urlsafe_b64decode(token)
    except ValueError as error:
        raise LineError(400, BAD_START) from error
    proof, claim = raw[:PROOF_BYTES], raw[PROOF_BYTES:]
    if not hmac.compare_digest(proof, _proof(call, claim)):
        raise LineError(400, BAD_START)
    of_what, channel_id, since, spot = json.loads(claim)
    if (of_what, channel_id) != (what, call.channel.channel_id) or call.now - since >= DAY:
        raise LineError(400, BAD_START)
    return dict(spot)


def _proof(call: Call, claim: bytes) -> bytes:
    return hmac.new(call.world.key, claim, hashlib.sha256).digest()[:PROOF_BYTES]
