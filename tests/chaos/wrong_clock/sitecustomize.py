"""Shift what Python tells of the wall clock by CHAOS_CLOCK seconds; waiting and measuring are by another clock."""

from __future__ import annotations

import datetime
import os
import time
from typing import Any

SECONDS = float(os.environ.get("CHAOS_CLOCK", "0"))
REAL = datetime.datetime
REAL_TIME, REAL_TIME_NS = time.time, time.time_ns


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
        return REAL.fromtimestamp(REAL_TIME() + SECONDS, tz)

    @classmethod
    def utcnow(cls) -> Any:
        return REAL.fromtimestamp(REAL_TIME() + SECONDS, datetime.UTC).replace(tzinfo=None)


datetime.datetime = _Shifted  # type: ignore[misc]
time.time = lambda: REAL_TIME() + SECONDS
time.time_ns = lambda: REAL_TIME_NS() + int(SECONDS * 1_000_000_000)
