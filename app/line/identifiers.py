"""What LINE's ids look like: U, C or R and 32 hex digits for users, groups and rooms.

Whatever looks different is no id of LINE's, and nothing is stored for it.
"""

from __future__ import annotations

import re
from typing import Any

from app.core import lenient_json

USER_ID = re.compile(r"U[0-9a-f]{32}")
GROUP_ID = re.compile(r"[CR][0-9a-f]{32}")
# Ids of messages are numbers of about twenty digits; an index takes no text that is much longer than this.
LONGEST_MESSAGE_ID = 255


def user_id(value: Any) -> str | None:
    """Return the user id of an object such as an event's source; None when it has none."""
    found = lenient_json.text(value, "userId")
    return found if found and USER_ID.fullmatch(found) else None


def group_id(source: Any) -> str | None:
    """Return the id of the group or room that an event came from; None when it has none."""
    found = lenient_json.text(source, "groupId") or lenient_json.text(source, "roomId")
    return found if found and GROUP_ID.fullmatch(found) else None


def is_of_group(source: Any) -> bool:
    """Return whether an event came from a group or room, also when it does not say from which one."""
    if not isinstance(source, dict):
        return False
    return source.get("type") in ("group", "room") or "groupId" in source or "roomId" in source


def message_id(value: Any, name: str = "id") -> str | None:
    """Return the id of a message; None when it is missing or longer than LINE's can be."""
    found = lenient_json.text(value, name)
    return found if found and len(found) <= LONGEST_MESSAGE_ID else None
