"""Lists paged by key: the next page starts after the last row seen, so that page 10,000 costs what page 1 does."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.core.errors import InvalidInput
from app.core.i18n import _l

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows and the keys of its neighbours (None: there is no such page)."""

    rows: Sequence[Row]
    next: str | None = None
    previous: str | None = None


def encode_key(*values: Any) -> str:
    """Pack the sort values of a row into a URL-safe key."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def decode_key(key: str, length: int) -> list[Any]:
    """Unpack a key of `length` values; raises InvalidInput when somebody made it up."""
    try:
        values = json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or len(values) != length:
        raise InvalidInput(after=_l("This page address is not valid. Start again from the first page."))
    return values
