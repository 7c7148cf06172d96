"""Which library a request is about."""

from __future__ import annotations

from flask import request

from app.core.registry import Registry
from app.messages.library.kinds import MessageLibrary

# By blueprint.
LIBRARIES: Registry[MessageLibrary] = Registry("library of messages")


def present() -> MessageLibrary:
    """Return the library of the request's blueprint."""
    return LIBRARIES[request.blueprint or ""]
