"""Text from outside as the database can hold it."""

from __future__ import annotations


def storable(value: str | None) -> str | None:
    """The text without what PostgreSQL refuses (NUL, halves of surrogate pairs); None when nothing is left."""
    if value is None:
        return None
    return value.replace("\x00", "").encode("utf-8", "ignore").decode() or None
