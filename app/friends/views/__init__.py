"""Pages of friends."""

from __future__ import annotations

from app.friends.views import (
    attributes,
    bulk_tags,
    definitions,
    export,
    friend_activities,
    friend_id_link,
    friend_profile,
    friend_tags,
    friends,
    list_views,
    tags,
)

BLUEPRINTS = (
    friends.blueprint,
    export.blueprint,
    list_views.blueprint,
    bulk_tags.blueprint,
    attributes.blueprint,
    friend_tags.blueprint,
    friend_profile.blueprint,
    friend_activities.blueprint,
    friend_id_link.blueprint,
    tags.blueprint,
    definitions.blueprint,
)
