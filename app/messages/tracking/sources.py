"""What sends were made by, as the packages name it that made them: for lines that tell of an open or a click."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import Text
from app.core.registry import Registry
from app.friends.linked_pages import LinkedPage


@dataclass(frozen=True)
class SendSource:
    """A broadcast, or whatever else sent a message: its name, and its page if it has one."""

    name: Text
    place: LinkedPage | None = None


# By kind of cause: returns the source of a cause's id; None where it is gone.
SOURCES: Registry[Callable[[str], SendSource | None]] = Registry("source of sends")


def source_in(data: Mapping[str, Any]) -> SendSource | None:
    """Return the source that an activity's data names; None for one that is gone, or was noted without."""
    cause = data.get("cause") or {}
    find = SOURCES.get(cause.get("kind", ""))
    return find(cause["id"]) if find else None
