"""Pictures that friends sent, on their way to HubSpot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.core import error_messages
from app.core.errors import PermanentFailure
from app.core.i18n import _l
from app.integrations.hubspot.inbox.channel import MOST_BYTES
from app.line.gateway.client import LineClient

TOO_LARGE = "hubspot.inbox_picture_too_large"
error_messages.register({TOO_LARGE: _l("The picture is larger than 10 MB.")})


class FetchedPicture(NamedTuple):
    """A picture's bytes and type."""

    content: bytes
    media_type: str


@dataclass(frozen=True)
class PictureAtLine:
    """A picture that is still at LINE only."""

    account_id: int
    line_message_id: str

    def read(self) -> FetchedPicture:
        """Fetch it; raises RetryLater while it is not there yet, and PermanentFailure where there is none any more."""
        media_type, pieces = LineClient(self.account_id).content(self.line_message_id)
        content = bytearray()
        for piece in pieces:
            content += piece
            if len(content) > MOST_BYTES:
                raise PermanentFailure(TOO_LARGE)
        return FetchedPicture(bytes(content), media_type.partition(";")[0])
