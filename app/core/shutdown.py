"""Whether this process was asked to stop: long work looks between its steps, keeps what is saved and goes home.

An exception thrown into the working thread from outside would do instead of looking, but an event loop takes it for
the failure of whichever task happens to run, and the others then wait for that task for ever.
"""

from __future__ import annotations

import threading

_asked = threading.Event()


class Stopped(Exception):
    """This process is being stopped; what is saved stays, and another one goes on from there."""


def request() -> None:
    """From now on no long work begins, and what runs ends at its next step."""
    _asked.set()


def is_requested() -> bool:
    """Return whether to end; cheap enough for every step."""
    return _asked.is_set()


def raise_if_requested() -> None:
    """Raise Stopped when this process was asked to stop; to be called where nothing unsaved is lost by it."""
    if _asked.is_set():
        raise Stopped


def reset() -> None:
    """Take the request back; for tests, which stop a worker without ending their process."""
    _asked.clear()
