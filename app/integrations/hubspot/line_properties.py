"""The properties in which HubSpot gets to know what Tomoru knows of a friend: names, types and labels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.i18n import Text, _l

GROUP = "line_messaging"
GROUP_LABEL = _l("LINE messaging")


class LineKey(StrEnum):
    """Keys of the properties; their names are made of these."""

    USER_ID = "user_id"
    DISPLAY_NAME = "display_name"
    PICTURE = "picture_url"
    ADDED_AT = "friend_added_at"
    FOLLOW_STATUS = "follow_status"
    TAGS = "tags"
    BROADCAST_NAME = "last_broadcast_name"
    BROADCAST_AT = "last_broadcast_at"
    OPEN_AT = "last_open_at"
    CLICK_AT = "last_click_at"


# What HubSpot stores of a follow status, and its words for it.
FOLLOW_STATUSES: tuple[tuple[str, Text], ...] = (
    ("following", _l("Following")),
    ("blocked", _l("Blocked")),
    ("not_friend", _l("Not a friend")),
)


@dataclass(frozen=True)
class LineProperty:
    """A property that Tomoru makes at HubSpot and writes; one without `can_be_off` is what contacts are found by."""

    key: LineKey
    label: Text
    about: Text
    type: str = "string"
    field_type: str = "text"
    options: tuple[tuple[str, Text], ...] = ()
    is_unique: bool = False
    can_be_off: bool = True

    def name(self, number: int) -> str:
        """Return its name at HubSpot for the integration's account of this number."""
        return f"line_{self.key}" + (f"_{number}" if number > 1 else "")

    def numbered_label(self, number: int) -> str:
        """Return its label at HubSpot."""
        return str(self.label) + (f" {number}" if number > 1 else "")


LINE_PROPERTIES: dict[LineKey, LineProperty] = {
    one.key: one
    for one in (
        LineProperty(
            LineKey.USER_ID,
            _l("LINE User ID"),
            _l("Records the LINE user identifier on the contact."),
            is_unique=True,
            can_be_off=False,
        ),
        LineProperty(LineKey.DISPLAY_NAME, _l("LINE display name"), _l("Syncs the LINE display name.")),
        LineProperty(LineKey.PICTURE, _l("LINE profile image"), _l("Syncs the address of the LINE profile image.")),
        LineProperty(
            LineKey.ADDED_AT,
            _l("LINE friend added date"),
            _l("Records when the person became a friend."),
            "datetime",
            "date",
        ),
        LineProperty(
            LineKey.FOLLOW_STATUS,
            _l("LINE follow status"),
            _l("Syncs whether the person follows the account, has blocked it, or is not a friend."),
            "enumeration",
            "select",
            FOLLOW_STATUSES,
        ),
        LineProperty(
            LineKey.TAGS, _l("LINE tag"), _l("Syncs the tags assigned to friends. A LINE tag is not a segment.")
        ),
        LineProperty(
            LineKey.BROADCAST_NAME,
            _l("Last broadcast name"),
            _l("Syncs the name of the last message broadcast that the person received."),
        ),
        LineProperty(
            LineKey.BROADCAST_AT,
            _l("Last broadcast date"),
            _l("Syncs when the person received the last message broadcast."),
            "datetime",
            "date",
        ),
        LineProperty(
            LineKey.OPEN_AT,
            _l("Last open date"),
            _l("Syncs when the person last opened a message."),
            "datetime",
            "date",
        ),
        LineProperty(
            LineKey.CLICK_AT,
            _l("Last click date"),
            _l("Syncs when the person last clicked a link of a message."),
            "datetime",
            "date",
        ),
    )
}
USER_ID = LINE_PROPERTIES[LineKey.USER_ID]
