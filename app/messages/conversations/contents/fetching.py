"""Fetch what people sent from LINE, as soon as it is there, and keep it for members.

LINE's 202 means that it still prepares a video: it is asked again. With 404 and 410 it is gone for good. A message that
was taken back while its file was on the way keeps nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import Row, select

from app.core import error_messages
from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.errors import OutOfSpace, PermanentFailure, RetryLater, Unavailable
from app.core.i18n import _l
from app.core.names import shown_file_name
from app.line.gateway.client import LineClient
from app.media.content import MEGABYTE
from app.media.models import Kind
from app.media.operations import blobs
from app.media.operations.files import keep_file, store_bytes
from app.media.operations.references import set_references
from app.media.receiving import Received
from app.messages.conversations.contents.kind import CONTENTS
from app.messages.conversations.contents.models import OWNER_KIND, ContentState, MessageContent
from app.messages.conversations.contents.receiving import ContentTooLarge, received
from app.messages.conversations.models import ChatSettings, ConversationMessage
from app.messages.conversations.touching import touch_lines
from app.team.permissions import Permission

error_messages.register(
    {
        "content.no_room": _l(
            "There is no room left for files here. Make room, or raise the limit for uploaded files."
        ),
        "content.no_storage": _l("The storage for files does not answer."),
    }
)
LARGEST_FILE = 300
MOST_PREVIEW = 10 * MEGABYTE
# The claim is prolonged so often while bytes come.
PROLONG_SECONDS = 30.0
# With these LINE says that there is nothing to fetch any more.
GONE = frozenset({"line.not_found", "line.gone"})
# The account's trouble, not the file's: it waits until the account is connected again.
OF_ACCOUNT = frozenset({"line.token_refused", "line.credentials_refused", "line.credentials_lost", "line.disconnected"})


def fetch(content_id: int) -> int:
    """Fetch one content, if it is due; returns how many were tried."""
    return process(CONTENTS, _fetch, MessageContent.id == content_id, again=lambda: None)


def largest_file(account_id: int) -> int:
    """Return how many bytes a file of the account may have, to be fetched."""
    found = db.session.scalar(select(ChatSettings.largest_file).where(ChatSettings.account_id == account_id))
    return (LARGEST_FILE if found is None else found) * MEGABYTE


def _fetch(claim: Claim) -> None:
    (row,) = claim.rows
    message = db.session.get_one(ConversationMessage, row.message_id)
    kind, name = message.type, _name(message)
    announced, most = message.content.get("fileSize"), largest_file(row.account_id)
    db.session.rollback()
    if isinstance(announced, int) and announced > most:
        _settle(claim, row, state=ContentState.TOO_LARGE)
        return
    try:
        _bring(claim, row, kind, name, most)
    except ContentTooLarge:
        _settle(claim, row, state=ContentState.TOO_LARGE)
    except (OutOfSpace, Unavailable) as error:
        raise RetryLater("content.no_room" if isinstance(error, OutOfSpace) else "content.no_storage") from error
    except PermanentFailure as error:
        _refused(claim, row, error)


def _bring(claim: Claim, row: Row[Any], kind: str, name: str, most: int) -> None:
    client, held = LineClient(row.account_id), _Held(claim)
    _type, pieces = client.content(row.line_message_id)
    with received(pieces, kind, most, held.go_on) as file:
        keys = [(file, store_bytes(file))]
        held.go_on()
        if file.type.kind is Kind.VIDEO and (preview := _preview(client, row.line_message_id, kind)) is not None:
            with preview as picture:
                if picture.type.kind is Kind.IMAGE:
                    keys.append((picture, store_bytes(picture)))
        _keep(claim, row, name, keys)


def _preview(client: LineClient, line_message_id: str, kind: str) -> Any:
    """Return LINE's picture of a video, on its way; None where LINE has none."""
    with suppress(PermanentFailure, RetryLater):
        _type, pieces = client.content_preview(line_message_id)
        return received(_up_to(pieces, MOST_PREVIEW), kind, MOST_PREVIEW)
    return None


def _up_to(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Yield the pieces of what may have so many bytes; of what is larger, or breaks off, only a part comes."""
    with suppress(RetryLater):
        for piece in pieces:
            most -= len(piece)
            if most < 0:
                return
            yield piece


def _keep(claim: Claim, row: Row[Any], name: str, keys: list[tuple[Received, str]]) -> None:
    """Keep what was stored, unless the message was taken back or the claim was lost in between."""
    touch_lines([row.message_id])
    if not claim.held():
        blobs.release([key for _file, key in keys])
        return
    stored = [
        keep_file(row.account_id, file, key, name=name, permission=Permission.CHAT, by="LINE") for file, key in keys
    ]
    set_references(row.account_id, OWNER_KIND, row.id, [one.id for one in stored])
    preview_id = stored[1].id if len(stored) > 1 else None
    claim.done(state=ContentState.STORED, file_id=stored[0].id, preview_id=preview_id)


def _settle(claim: Claim, row: Row[Any], **values: Any) -> None:
    touch_lines([row.message_id])
    claim.done(**values)


def _refused(claim: Claim, row: Row[Any], error: PermanentFailure) -> None:
    if error.code in GONE:
        _settle(claim, row, state=ContentState.GONE)
    elif error.code in OF_ACCOUNT:
        raise RetryLater(error.code) from error
    else:
        touch_lines([row.message_id])
        claim.give_up(reason=error.code)


def _name(message: ConversationMessage) -> str:
    """Return the name of the file as its sender called it; a plain one for what has none."""
    given = message.content.get("fileName")
    return shown_file_name(given) if isinstance(given, str) and given else f"{message.type}-{message.line_message_id}"


class _Held:
    """Prolongs a claim while its download goes on."""

    def __init__(self, claim: Claim) -> None:
        self.claim, self.until = claim, time.monotonic() + PROLONG_SECONDS

    def go_on(self) -> None:
        """Prolong when it is time; raises RetryLater when the order is no longer ours."""
        if time.monotonic() < self.until:
            return
        self.until = time.monotonic() + PROLONG_SECONDS
        if not self.claim.prolong():
            raise RetryLater("line.timeout")
