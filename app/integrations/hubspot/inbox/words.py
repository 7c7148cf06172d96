"""Why conversations do not go between LINE and HubSpot's inbox, in sentences."""

from __future__ import annotations

from app.core import error_messages
from app.core.i18n import _l

PLAN, PURGED, NOT_AUTHORIZED, REMOVED, LINE_LOST = (
    "hubspot.inbox_plan",
    "hubspot.inbox_purged",
    "hubspot.inbox_not_authorized",
    "hubspot.inbox_removed",
    "hubspot.inbox_line_lost",
)
NO_FRIEND, NOT_CONNECTED, TEST, NOTHING, UNUSABLE, FILE_AWAY, FILE_TOO_LARGE = (
    "hubspot.inbox_no_friend",
    "hubspot.inbox_not_connected",
    "hubspot.inbox_test",
    "hubspot.inbox_nothing",
    "hubspot.inbox_unusable",
    "hubspot.inbox_file_away",
    "hubspot.inbox_file_too_large",
)
TOKEN_UNKNOWN, TAKEN, OTHER_PORTAL = (
    "hubspot.inbox_token_unknown",
    "hubspot.inbox_taken",
    "hubspot.inbox_other_portal",
)
PARTLY, UNANSWERED = "hubspot.inbox_partly", "hubspot.inbox_unanswered"
error_messages.register(
    {
        PLAN: _l(
            "The plan of the HubSpot account has no channels of apps. HubSpot offers them with Sales Hub or Service Hub"
            " from the Professional plans on."
        ),
        PURGED: _l("The channel was removed in HubSpot's inbox settings."),
        NOT_AUTHORIZED: _l("HubSpot does not let this channel be used. Connect it again in HubSpot's inbox settings."),
        REMOVED: _l("Inbox sync was removed here."),
        LINE_LOST: _l(
            "HubSpot was told that this channel cannot be used while the LINE account is not connected. HubSpot hears"
            " within a minute that it is back."
        ),
        NO_FRIEND: _l("Not sent: this person is not known to the LINE account any more."),
        NOT_CONNECTED: _l(
            "Not sent: this LINE account is not connected with HubSpot's inbox any more. Connect it again in HubSpot's"
            " inbox settings."
        ),
        TEST: _l("Not sent: this conversation is a test of the connection, and no one reads it on LINE."),
        NOTHING: _l("Not sent: the message is empty."),
        UNUSABLE: _l("Not sent: LINE cannot take this message as it is."),
        FILE_AWAY: _l("Not sent: the attached file cannot be read at HubSpot any more."),
        FILE_TOO_LARGE: _l("Not sent: the attached file is larger than 10 MB."),
        TOKEN_UNKNOWN: _l("HubSpot does not know this connection any more. Begin again in HubSpot's inbox settings."),
        TAKEN: _l("This LINE account is connected with HubSpot's inbox already. Choose another one."),
        OTHER_PORTAL: _l(
            "This connection belongs to another HubSpot account than the one of this LINE account. Choose a LINE"
            " account that is integrated with the HubSpot account in which you began."
        ),
        PARTLY: _l("Only a part of the message was sent: %(reason)s"),
        UNANSWERED: _l("LINE did not say whether it took the message. Look at the conversation in Tomoru."),
    }
)
