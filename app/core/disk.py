"""Room on this machine's disks: asked for before a file is received, and said when it has run out."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import OutOfSpace
from app.core.i18n import _l

FULL = _l("The server's disk is full, so nothing can be uploaded. An administrator has to make room.")


def is_full(error: BaseException) -> bool:
    """Return whether this is the operating system's "no space left"."""
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def full_disk_said() -> Iterator[None]:
    """Turn the operating system's "no space left" into OutOfSpace."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise OutOfSpace(FULL) from error
        raise


def require_room(directory: Path, size: int, reserve: int = 0) -> None:
    """Raise OutOfSpace unless `size` more bytes fit into this directory's disk, and `reserve` bytes stay free."""
    if shutil.disk_usage(directory).free - size < reserve:
        raise OutOfSpace(FULL)


def temporary_directory() -> Path:
    """Return where files lie while they are received; raises OutOfSpace when none can be written to."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        # Python tries each directory by writing a few bytes, so this is what a full one looks like.
        raise OutOfSpace(FULL) from error
