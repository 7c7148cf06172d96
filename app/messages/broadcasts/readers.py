"""Who may see broadcasts and their results, and where."""

from __future__ import annotations

from app.friends.linked_pages import LinkedPage
from app.team.permissions import Permission

# Any one of these is enough.
READERS = (Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)


def place_of(broadcast_id: int) -> LinkedPage:
    """Return the page of a broadcast, for links from friends."""
    return LinkedPage("broadcasts.show", {"broadcast_id": broadcast_id}, READERS)
