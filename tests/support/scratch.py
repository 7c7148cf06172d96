"""Where a run of all tests stores everything: a directory that is gone afterwards, in memory where there is room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from app.embedded.data_directory import MEMORY

# Bytes that must be free; a run stores less than half of it at a time.
ROOM = 8 << 30
MEMINFO = Path("/proc/meminfo")


@contextmanager
def scratch() -> Iterator[dict[str, str]]:
    """Give the settings with which databases, files and browsers of a run lie in memory; none without room there.

    Tests make and delete tables and files by the million, which a file system on a disk writes down.
    """
    if not has_room():
        yield {}
        return
    directory = MEMORY / f"tests-{token_hex(4)}"
    directory.mkdir(mode=0o700)
    try:
        yield {"TMPDIR": str(directory), "TOMORU_TEST_DATA": str(directory / "data")}
    finally:
        # Servers that root starts lie beside the directory, and are named after it.
        for left in (directory, *MEMORY.glob(f"tomoru-{directory.name}-*")):
            shutil.rmtree(left, ignore_errors=True)


def has_room() -> bool:
    """Say whether files in memory may take so much, and the machine has it to spare."""
    if not MEMINFO.exists() or not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    spare = next(line for line in MEMINFO.read_text().splitlines() if line.startswith("MemAvailable:"))
    return min(shutil.disk_usage(MEMORY).free, int(spare.split()[1]) * 1024) >= ROOM
