"""Pages of Auto Send Messages."""

from __future__ import annotations

from app.messages.auto.views import auto_messages, editor, folders, removal
from app.messages.auto.views.blueprint import blueprint

# Imported for their routes.
MODULES = (auto_messages, editor, folders, removal)
BLUEPRINTS = (blueprint,)
