"""Pages of segments."""

from __future__ import annotations

from app.segments.views.blueprint import blueprint

BLUEPRINTS = (blueprint,)
