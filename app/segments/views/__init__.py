"""Pages of segments. Importing the modules puts their routes onto the one blueprint."""

from __future__ import annotations

from app.segments.views import counts, editor, export, folders, friend_segments, history, removal, segments
from app.segments.views.blueprint import blueprint

MODULES = (counts, editor, export, folders, friend_segments, history, removal, segments)
BLUEPRINTS = (blueprint,)
