"""Look at processes by their number, on Linux and macOS, without a library that an installation would need for it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROC = Path("/proc")


def pid_in(pid_file: Path) -> int | None:
    """Return the process number that a file begins with; None when there is none."""
    try:
        return int(pid_file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def exists(pid: int) -> bool:
    """Return whether there is such a process, also one that has ended and that its parent has not collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def command_line(pid: int) -> str:
    """Return the command line of a process; empty when it has ended."""
    if (PROC / "self").exists():
        return _read(PROC / str(pid) / "cmdline")
    return _ps(pid, "command")


def started_at(pid: int) -> str:
    """Return when a process began, in words that tell it from a later one of the same number; empty when it ended."""
    if not (PROC / "self").exists():
        return _ps(pid, "lstart")
    # The fields behind the program's name, which may hold anything: the state first, the start as the twentieth.
    state, *rest = _read(PROC / str(pid) / "stat").rpartition(")")[2].split() or ["Z"]
    return "" if state in {"Z", "X"} else rest[18]


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _ps(pid: int, column: str) -> str:
    command = ("/bin/ps", "-ww", "-o", f"{column}=", "-p", str(pid))
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
