"""Reading JSON that others wrote: no type is trusted, nothing unknown is an error, and every string can be stored.

PostgreSQL refuses NUL characters and lone surrogates, both of which legal JSON can spell; here they become U+FFFD, so
that one odd character never costs an event or a profile.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# How JSON spells what PostgreSQL refuses; most bodies have none, so the walk through the values is saved.
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def loads(raw: bytes) -> Any:
    """Decode JSON into values that PostgreSQL can store; raises ValueError when it is no JSON."""
    try:
        # Left to itself, json lets surrogates through that are spelled in bytes.
        value = json.loads(raw.decode("utf-8-sig", "replace"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return storable(value) if _SUSPICIOUS.search(raw) else value


def loads_or_none(raw: bytes) -> Any:
    """Decode JSON; None when it is no JSON."""
    try:
        return loads(raw)
    except ValueError:
        return None


def storable(value: Any) -> Any:
    """Return the same value with every character replaced that PostgreSQL would refuse."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(name): storable(item) for name, item in value.items()}
    return value


def text(value: Any, name: str) -> str | None:
    """Return the named text of an object; None when it is missing, empty or of another type."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found else None


def id_text(value: Any, name: str) -> str:
    """Return the named id as text, since services spell ids as numbers, too; empty when it is missing."""
    found = number(value, name)
    return str(found) if found is not None else text(value, name) or ""


def number(value: Any, name: str) -> int | None:
    """Return the named whole number of an object; None when it is missing or of another type."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def flag(value: Any, name: str) -> bool:
    """Return whether the named member of an object is true."""
    return isinstance(value, dict) and value.get(name) is True


def mapping(value: Any, name: str) -> dict[str, Any]:
    """Return the named object inside an object; empty when it is missing or of another type."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def items(value: Any, name: str) -> list[Any]:
    """Return the named list of an object; empty when it is missing or of another type."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _finite(digits: str) -> float:
    """Take a number that is too large for this machine as no number, as PostgreSQL does."""
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
