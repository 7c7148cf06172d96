"""How much one member or API key may upload at the same time to a web process, and whether the disk has room for it.

An upload takes one of the process' few threads for them, and lies in its temporary directory until it is whole. The
counts live in the process: they end with it, and a lost upload can leave none behind.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.disk import require_room, temporary_directory
from app.core.errors import TooMany
from app.core.i18n import _l

# A member who uploads a file here and picks the next there is not refused; a program that opens many at once is.
MOST_AT_ONCE = 2
MOST_BYTES = 1024 * 1024 * 1024
# Left free in the temporary directory, for everything else that lies there.
RESERVE = 64 * 1024 * 1024
_TOO_MANY = _l("Other files of yours are still on their way. Wait until one of them has arrived, then try again.")


class UploadPlaces:
    """The uploads under way in this process: sizes in bytes by who sends them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, list[int]] = defaultdict(list)

    @contextmanager
    def taken(self, sender: str, size: int) -> Iterator[None]:
        """Hold a place for `size` bytes inside the block; raises TooMany, or OutOfSpace when they do not fit."""
        self._take(sender, size)
        try:
            yield
        finally:
            self._give_back(sender, size)

    def _take(self, sender: str, size: int) -> None:
        with self._lock:
            own = self._under_way.get(sender, [])
            if len(own) >= MOST_AT_ONCE or (own and sum(own) + size > MOST_BYTES):
                raise TooMany(_TOO_MANY)
            # Those under way may still have to write all that they announced.
            announced = sum(sum(sizes) for sizes in self._under_way.values())
            require_room(temporary_directory(), announced + size, RESERVE)
            self._under_way[sender].append(size)

    def _give_back(self, sender: str, size: int) -> None:
        with self._lock:
            self._under_way[sender].remove(size)
            if not self._under_way[sender]:
                del self._under_way[sender]


places = UploadPlaces()
