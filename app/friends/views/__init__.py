"""Pages of friends."""

from __future__ import annotations

from app.friends.views import (
    attributes,
    bulk_tags,
    definitions,
    export,
    friend_tags,
    friends,
    tags,
)

BLUEPRINTS = (
    friends.blueprint,
    export.blueprint,
    bulk_tags.blueprint,
    attributes.blueprint,
    friend_tags.blueprint,
    tags.blueprint,
    definitions.blueprint,
)
