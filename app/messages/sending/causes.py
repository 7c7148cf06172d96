"""Why a message is sent to one recipient. A cause has a lane at LINE, and a word for the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.i18n import Text, _l
from app.line.gateway.lanes import Lane


class CauseKind(StrEnum):
    """What can send to one recipient."""

    TEST = "test"
    WORKFLOW = "workflow"
    CHAT = "chat"
    DEMO = "demo"
    QR_CODE = "qr_code"
    HUBSPOT = "hubspot"
    CLOSED_HOURS = "closed_hours"
    # A person wrote it in HubSpot's inbox.
    HUBSPOT_INBOX = "hubspot_inbox"


LANES: dict[CauseKind, Lane] = {
    CauseKind.TEST: Lane.TEST,
    CauseKind.WORKFLOW: Lane.WORKFLOW,
    CauseKind.CHAT: Lane.CHAT,
    CauseKind.DEMO: Lane.WORKFLOW,
    CauseKind.QR_CODE: Lane.WORKFLOW,
    CauseKind.HUBSPOT: Lane.WORKFLOW,
    CauseKind.CLOSED_HOURS: Lane.REPLY,
    CauseKind.HUBSPOT_INBOX: Lane.CHAT,
}
# What sends by itself; it stays silent in spam.
AUTOMATIC = frozenset({CauseKind.WORKFLOW, CauseKind.QR_CODE, CauseKind.CLOSED_HOURS, CauseKind.HUBSPOT})
# Their sends count nowhere.
UNCOUNTED = frozenset({CauseKind.TEST})
# Their reference is stored once: the same step sends once, however often it is done.
KEYED = frozenset({CauseKind.WORKFLOW})
TITLES: dict[CauseKind, Text] = {
    CauseKind.TEST: _l("Test message"),
    CauseKind.WORKFLOW: _l("Message of a workflow"),
    CauseKind.CHAT: _l("Message of the team"),
    CauseKind.DEMO: _l("Message of the demo"),
    CauseKind.QR_CODE: _l("Message of a QR Code"),
    CauseKind.HUBSPOT: _l("Message of a HubSpot workflow"),
    CauseKind.CLOSED_HOURS: _l("Reply outside business hours"),
    CauseKind.HUBSPOT_INBOX: _l("HubSpot's inbox"),
}


@dataclass(frozen=True)
class Cause:
    """`reference` is the id of the step, scan, chat message or draft behind a send.

    `auto_message_id` names the Auto Send Message that is sent, which counts its sends. `part_of` is what sends to many
    belong to together, such as the place in a workflow: results of their links are asked by it.
    `is_automatic_answer`: it answers by itself what the other side said or tapped.
    """

    kind: CauseKind
    reference: str
    auto_message_id: int | None = None
    part_of: str | None = None
    is_automatic_answer: bool = False
    # Of the team's answers, links are tracked where the member says so.
    tracks_links: bool = False

    @property
    def is_tracked(self) -> bool:
        """Return whether opened links and images are noted."""
        return self.kind not in {CauseKind.CHAT, CauseKind.HUBSPOT_INBOX} or self.tracks_links

    @property
    def is_counted(self) -> bool:
        """Return whether the send counts in numbers of sends; a test does not."""
        return self.kind not in UNCOUNTED
