"""Labels of line's states and kinds, one place for all screens."""

from __future__ import annotations

from app.core.i18n import Text, _l
from app.line.models import AccountState, EventState
from app.line.setup_checks.texts import CheckState

ACCOUNT_STATES: dict[str, tuple[Text, str]] = {
    AccountState.CONNECTED: (_l("Connected"), "green"),
    AccountState.BROKEN: (_l("Connection broken"), "red"),
    AccountState.DISCONNECTED: (_l("Disconnected"), "secondary"),
}

EVENT_STATES: dict[str, tuple[Text, str]] = {
    EventState.PENDING: (_l("Waiting"), "blue"),
    EventState.PROCESSED: (_l("Processed"), "green"),
    EventState.IGNORED: (_l("Ignored"), "secondary"),
    EventState.FAILED: (_l("Failed"), "red"),
}

CHECK_STATES: dict[str, tuple[Text, str, str]] = {
    CheckState.GREEN: (_l("In order"), "green", "circle-check"),
    CheckState.RED: (_l("Needs attention"), "red", "alert-circle"),
    CheckState.ADVICE: (_l("Advice"), "yellow", "bulb"),
    CheckState.UNKNOWN: (_l("Not known"), "secondary", "help-circle"),
}

# LINE's names of events, in the words of its documentation; others are shown as they came.
EVENT_TYPES: dict[str, Text] = {
    "message": _l("Message"),
    "messageEdited": _l("Message edited"),
    "unsend": _l("Message taken back"),
    "follow": _l("Added as a friend"),
    "unfollow": _l("Blocked"),
    "join": _l("Joined a group"),
    "leave": _l("Left a group"),
    "memberJoined": _l("Member joined"),
    "memberLeft": _l("Member left"),
    "postback": _l("Button tapped (postback)"),
    "videoPlayComplete": _l("Video watched"),
    "accountLink": _l("Account linked"),
    "beacon": _l("Beacon"),
    "membership": _l("Membership"),
    "unknown": _l("Unknown"),
}
