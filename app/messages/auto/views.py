"""Pages of Auto Send Messages."""

from __future__ import annotations

from app.messages.auto.library import AUTO_MESSAGES
from app.messages.library.pages.blueprints import library_blueprint

BLUEPRINTS = (library_blueprint(AUTO_MESSAGES),)
