"""A wrong wall clock for one process of the program: Python imports `sitecustomize` of this directory before it."""

from __future__ import annotations

import struct
from pathlib import Path

# A number of seconds, or the path of a file that holds it (`set_file`), so that the clock moves while the process runs.
SETTING, FILE_SETTING = "CHAOS_CLOCK", "CHAOS_CLOCK_FILE"
HERE = Path(__file__).parent


def by(seconds: float) -> dict[str, str]:
    """Return the environment of a process whose clock is ahead by so many seconds (behind, if negative)."""
    return {"PYTHONPATH": str(HERE), SETTING: str(seconds)} if seconds else {}


def by_file(path: Path) -> dict[str, str]:
    """Return the environment of a process whose clock is ahead by as many seconds as the file says at each moment."""
    return {"PYTHONPATH": str(HERE), FILE_SETTING: str(path)}


def set_file(path: Path, seconds: float) -> None:
    """Set the clocks of all processes that go by this file."""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(struct.pack("d", seconds))
