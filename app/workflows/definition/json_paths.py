"""Places in JSON of other programs, such as "items[0].price"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LONGEST_PATH = 200
_PART = re.compile(r"[^.\[\]]+")


def is_path(path: object) -> bool:
    """Return whether a typed text can name a place."""
    return isinstance(path, str) and len(path) <= LONGEST_PATH and bool(_PART.search(path))


def at_path(value: Any, path: str) -> Any:
    """Return what stands at a place; None where there is nothing."""
    for part in _PART.findall(path):
        if isinstance(value, list) and part.isdecimal() and len(part) < 6:
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value
