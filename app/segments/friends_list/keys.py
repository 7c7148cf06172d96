"""A definition as a piece of an address, so that the friends list can be narrowed to conditions that nothing stores."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

# Far more than any definition takes, so that a short address cannot become a large text.
LONGEST_JSON = 1_000_000


def encode(definition: Mapping[str, Any]) -> str:
    """Return the definition in characters that an address may hold, as short as they get."""
    written = json.dumps(definition, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(zlib.compress(written, 9)).rstrip(b"=").decode()


def decode(written: str) -> Any:
    """Return the JSON that `encode` wrote; None for anything else."""
    try:
        packed = base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
        reader = zlib.decompressobj()
        text = reader.decompress(packed, LONGEST_JSON)
        return json.loads(text) if reader.eof else None
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        return None
