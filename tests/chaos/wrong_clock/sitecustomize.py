"""Shift what Python tells of the wall clock; waiting and measuring are by another clock.

By CHAOS_CLOCK seconds, or by as many as the file CHAOS_CLOCK_FILE holds whenever a process asks for the time.
"""

from __future__ import annotations

import datetime
import mmap
import os
import struct
import time
from pathlib import Path
from typing import Any

REAL = datetime.datetime
REAL_TIME, REAL_TIME_NS = time.time, time.time_ns


def _held() -> bytes | mmap.mmap:
    """Return what holds the seconds; a mapped file is shared with whatever writes to it."""
    if path := os.environ.get("CHAOS_CLOCK_FILE"):
        with Path(path).open("rb") as file:
            return mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    return struct.pack("d", float(os.environ.get("CHAOS_CLOCK", "0")))


HELD = _held()


def seconds() -> float:
    return struct.unpack_from("d", HELD)[0]  # type: ignore[no-any-return]


class _LikeReal(type):
    """Every real moment is an instance, as libraries that ask would have it."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, REAL)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, REAL)


class _Shifted(datetime.datetime, metaclass=_LikeReal):
    """Makes real moments; only what time it is differs."""

    def __new__(cls, *values: Any, **named: Any) -> Any:
        return REAL(*values, **named)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return REAL.fromtimestamp(REAL_TIME() + seconds(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return REAL.fromtimestamp(REAL_TIME() + seconds(), datetime.UTC).replace(tzinfo=None)


datetime.datetime = _Shifted  # type: ignore[misc]
time.time = lambda: REAL_TIME() + seconds()
time.time_ns = lambda: REAL_TIME_NS() + int(seconds() * 1_000_000_000)
