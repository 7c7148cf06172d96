"""Partitions of tables: rows lie in them, while models and migrations speak of the whole table."""

from __future__ import annotations

import re
from typing import Any

# A partition is called as its table with a number behind it.
PARTITION = re.compile(r"broadcast_recipients_\d+")


def is_compared(name: str | None, kind: str, _parents: Any) -> bool:
    """Return whether a thing of the database is compared with the models."""
    return kind != "table" or PARTITION.fullmatch(name or "") is None
