"""Pages of segments."""

from __future__ import annotations

from app.segments.views import editor
from app.segments.views.blueprint import blueprint

# Imported for their routes.
VIEWS = (editor,)
BLUEPRINTS = (blueprint,)
