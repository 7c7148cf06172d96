"""Who may see broadcasts and their results."""

from __future__ import annotations

from app.team.permissions import Permission

# Any one of these is enough.
READERS = (Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)
