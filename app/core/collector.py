"""How Python's garbage collector is set in the processes of the web server and in workers."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

# Objects made before it looks; a large page or a batch makes tens of thousands, nearly all free of circles.
YOUNG = 50_000


def settle_collector() -> None:
    """Leave out what is loaded by now, which stays, and look seldom, so that hot loops are not interrupted."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


class _Holds:
    """How many blocks of this process keep the collector from looking."""

    def __init__(self) -> None:
        self._lock, self._number = Lock(), 0

    def change(self, by: int) -> None:
        """Count a block in or out: the first one stops the collector, the last one lets it go on."""
        with self._lock:
            self._number += by
            if self._number:
                gc.disable()
            else:
                gc.enable()


_HOLDS = _Holds()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the collector from looking while the block makes very many objects, all of which it needs until its end."""
    _HOLDS.change(1)
    try:
        yield
    finally:
        _HOLDS.change(-1)
