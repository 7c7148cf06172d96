"""Pages of Message Items, and the dialog in which one is chosen for a message."""

from __future__ import annotations

from app.messages.library.pages.blueprints import library_blueprint
from app.messages.parts.library import LIBRARIES

BLUEPRINTS = tuple(library_blueprint(one) for one in LIBRARIES)
