"""Read a call: its secret or signature, what makes it the same call again, and the fields of its JSON."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.names import is_readable
from app.core.secrets import same
from app.workflows.definition.json_paths import at_path
from app.workflows.signing import is_signed

MOST_BYTES = 64 * 1024
LONGEST_TEXT, LONGEST_ID = 1_000, 255
# How far the time of a signature may be from now, so that what was listened to is no use later.
TOLERANCE_SECONDS, MOST_DIGITS = 300, 12


@dataclass(frozen=True)
class HookCall:
    """A request as it came; beside the body they are headers, empty where they are missing."""

    body: bytes
    # The secret itself, and what the caller calls this call: Idempotency-Key.
    key: str = ""
    repeat: str = ""
    # Of a signed call: webhook-id, webhook-timestamp and webhook-signature. The signature covers the id.
    id: str = ""
    moment: str = ""
    signatures: str = ""

    @property
    def repeat_key(self) -> str:
        """Return what the same call has again: a digest of the caller's own name for it, else of the body."""
        own = self.repeat if self.key else self.id
        kind, text = ("key", own.encode()) if own else ("body", self.body)
        return f"{kind}:{hashlib.sha256(text).hexdigest()}"


def why_refused(call: HookCall, secret: str, at: datetime) -> str:
    """Return a word for why the call cannot be trusted; "" for one with the secret, or signed with it just now."""
    if call.key:
        return "" if same(call.key, secret) else "wrong_secret"
    is_whole = bool(call.id) and call.moment.isascii() and call.moment.isdecimal() and len(call.moment) <= MOST_DIGITS
    if not is_whole or not is_signed(secret, call.id, call.moment, call.body, call.signatures):
        return "wrong_secret"
    return "" if abs(at.timestamp() - int(call.moment)) <= TOLERANCE_SECONDS else "old_signature"


def read_json(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a body; None for anything else."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def id_at(read: Any, path: str) -> str:
    """Return the ID at a path, also one that is a number; empty where there is none."""
    value = at_path(read, path)
    is_id = isinstance(value, str | int) and not isinstance(value, bool)
    text = str(value).strip() if is_id else ""
    return text if len(text) <= LONGEST_ID and is_readable(text) else ""


def fields_of(read: Any, fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a trigger takes over by name: texts, numbers, yes and no; of lists and objects nothing."""
    found = {str(one["name"]): _plain(at_path(read, str(one["path"]))) for one in fields}
    return {name: value for name, value in found.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:LONGEST_TEXT]
    is_number = isinstance(value, float) and math.isfinite(value)
    return value if is_number or isinstance(value, bool | int) else None
