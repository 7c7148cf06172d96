"""The composer's answers."""

from __future__ import annotations

from app.messages.composer.views import editor, gallery, testing
from app.messages.composer.views.blueprint import blueprint

# Imported for their routes.
MODULES = (editor, gallery, testing)
BLUEPRINTS = (blueprint,)
