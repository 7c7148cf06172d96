"""Who may see broadcasts and their results, and where."""

from __future__ import annotations

from app.friends.places import Place
from app.team.permissions import Permission

# Any one of these is enough.
READERS = (Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)


def place_of(broadcast_id: int) -> Place:
    """Return the page of a broadcast, for links from friends."""
    return Place("broadcasts.show", {"broadcast_id": broadcast_id}, READERS)
