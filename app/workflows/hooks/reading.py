"""Read a call: its secret or signature, what makes it the same call again, and the fields of its JSON."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.names import is_readable
from app.core.secrets import same
from app.workflows.definition.json_paths import at_path

MOST_BYTES = 64 * 1024
LONGEST_TEXT, LONGEST_ID = 1_000, 255


@dataclass(frozen=True)
class HookCall:
    """A request as it came. `key`, `signature` and `repeat` are headers, empty where they are missing."""

    body: bytes
    key: str = ""
    signature: str = ""
    repeat: str = ""

    @property
    def repeat_key(self) -> str:
        """Return what the same call has again: a digest of the caller's own key, else of the body."""
        kind, text = ("key", self.repeat.encode()) if self.repeat else ("body", self.body)
        return f"{kind}:{hashlib.sha256(text).hexdigest()}"


def is_trusted(call: HookCall, secret: str) -> bool:
    """Return whether the call brings the secret, or a signature of its raw body made with it."""
    if call.key:
        return same(call.key, secret)
    return same(call.signature.removeprefix("sha256=").lower(), signed(call.body, secret))


def signed(body: bytes, secret: str) -> str:
    """Return the signature of a body: HMAC-SHA256 in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


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
