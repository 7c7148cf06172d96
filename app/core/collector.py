"""How Python's garbage collector is set in the processes of the web server and in workers."""

from __future__ import annotations

import gc

# Objects made before it looks; a large page or a batch makes tens of thousands, nearly all free of circles.
YOUNG = 50_000


def settle_collector() -> None:
    """Leave out what is loaded by now, which stays, and look seldom, so that hot loops are not interrupted."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
