"""Pages of segments."""

from __future__ import annotations

from app.folders.pages.routes import add_folder_routes
from app.segments.kind import SEGMENTS
from app.segments.views import (
    counts,
    editor,
    export,
    filing,
    friend_segments,
    friends_list,
    history,
    removal,
    segments,
)
from app.segments.views.blueprint import blueprint

# Imported for their routes.
MODULES = (counts, editor, export, filing, friend_segments, friends_list, history, removal, segments)
add_folder_routes(blueprint, SEGMENTS)
BLUEPRINTS = (blueprint,)
