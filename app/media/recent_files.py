"""Where public files lie, remembered for a moment: after a broadcast thousands of phones ask for the same one.

An address that was revoked in another process is served for two seconds more; browsers that have the file keep it
anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from app.media.operations.renditions import rendition
from app.media.queries import StoredFile, public_file

SECONDS = 2.0
MOST = 1_000
Address = tuple[str, int]
_known: dict[Address, tuple[float, StoredFile]] = {}


def recent_file(key: str) -> StoredFile:
    """Return a public file; raises NotFound."""
    return _remembered((key, 0), lambda: public_file(key))


def recent_rendition(key: str, width: int) -> StoredFile:
    """Return a public image in this width; raises what `rendition` raises."""
    return _remembered((key, width), lambda: rendition(public_file(key), width))


def known_file(key: str, width: int = 0) -> StoredFile | None:
    """Return a public file, or an image in this width, if one of the functions above found it a moment ago."""
    known = _known.get((key, width))
    return known[1] if known is not None and time.monotonic() < known[0] else None


def forget(key: str) -> None:
    """Look a file up again, in all its widths."""
    for address in [one for one in list(_known) if one[0] == key]:
        _known.pop(address, None)


def _remembered(address: Address, find: Callable[[], StoredFile]) -> StoredFile:
    known = known_file(*address)
    if known is not None:
        return known
    found = find()
    if len(_known) >= MOST:
        _known.clear()
    _known[address] = (time.monotonic() + SECONDS, found)
    return found
