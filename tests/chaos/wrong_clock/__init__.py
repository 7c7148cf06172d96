"""A wrong wall clock for one process of the program: Python imports `sitecustomize` of this directory before it."""

from __future__ import annotations

from pathlib import Path

SETTING = "CHAOS_CLOCK"


def by(seconds: float) -> dict[str, str]:
    """Return the environment of a process whose clock is ahead by so many seconds (behind, if negative)."""
    return {"PYTHONPATH": str(Path(__file__).parent), SETTING: str(seconds)} if seconds else {}
