"""Pages of segments."""

from __future__ import annotations

from app.segments.views import counts, editor, export, folders, friend_segments, history, removal, segments
from app.segments.views.blueprint import blueprint

# Imported for their routes.
MODULES = (counts, editor, export, folders, friend_segments, history, removal, segments)
BLUEPRINTS = (blueprint,)
