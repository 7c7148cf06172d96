"""The webhooks journal of the app: files of what happened in all portals, read one after the other for three days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from app.core import lenient_json
from app.core.errors import PermanentFailure, RetryLater
from app.integrations.hubspot.gateway import files, oauth, paths, retries
from app.integrations.hubspot.gateway.errors import refusal
from app.integrations.hubspot.gateway.oauth import AppCredentials
from app.integrations.hubspot.gateway.requests import CallLimit, HubSpotRequest, nothing
from app.integrations.hubspot.gateway.transport import send

T = TypeVar("T")
SCOPES = ("developer.webhooks_journal.read", "developer.webhooks_journal.subscriptions.write")
# HubSpot's number for the event that an app was uninstalled.
UNINSTALLED = "4-1916193"
MOST_BYTES = 8_000_000


class JournalFile(NamedTuple):
    """Where a file can be read for a while, and its place in the journal."""

    offset: str
    url: str


class JournalClient:
    """Client with a token of the app itself. Every call raises RetryLater or PermanentFailure."""

    def __init__(self, app: AppCredentials) -> None:
        self._token = oauth.app_token(app, SCOPES)

    def call(self, request: HubSpotRequest[T]) -> T:
        """Make the request once."""
        query = dict(request.query) or None
        answer = send(request.method, request.path, access_token=self._token, qs=query, body=request.body)
        if 200 <= answer.status < 300:
            return request.result(answer)
        retries.note(request, answer)
        if answer.status == 401:
            raise PermanentFailure("hubspot.forbidden", message="HTTP 401")
        raise refusal(answer)


def listen() -> HubSpotRequest[None]:
    """Have uninstalls told from now on; asked for twice it is there once."""
    body = {"subscriptionType": "APP_LIFECYCLE_EVENT", "eventTypeId": UNINSTALLED, "properties": []}
    return HubSpotRequest("POST", paths.journal("subscriptions"), nothing, body=body, limit=CallLimit.NONE)


def latest() -> HubSpotRequest[JournalFile | None]:
    """Return the newest file; None where there is none yet."""
    return HubSpotRequest("GET", paths.journal("journal", "latest"), _file, limit=CallLimit.NONE)


def following(offset: str) -> HubSpotRequest[JournalFile | None]:
    """Return the file behind this place; None at the end. An empty place is the beginning."""
    tail = ("offset", offset, "next") if offset else ("earliest",)
    return HubSpotRequest("GET", paths.journal("journal", *tail), _file, limit=CallLimit.NONE)


def read(file: JournalFile) -> Sequence[Any]:
    """Read the events of a file; no transaction may be open. Raises RetryLater, and files.DownloadRefused."""
    body = lenient_json.loads_or_none(files.download(file.url, MOST_BYTES).content)
    if not isinstance(body, dict):
        raise RetryLater("hubspot.unreadable", after=5)
    return lenient_json.items(body, "journalEvents")


def uninstalled_portal(event: Any) -> str:
    """Return the portal in which the app was uninstalled; "" where the event tells of something else."""
    is_it = lenient_json.text(event, "eventTypeId") == UNINSTALLED or (
        lenient_json.text(event, "action") == "APP_UNINSTALL"
    )
    return lenient_json.id_text(event, "portalId") if is_it else ""


def _file(body: Any) -> JournalFile | None:
    url = lenient_json.text(body, "url")
    return JournalFile(lenient_json.id_text(body, "currentOffset"), url) if url else None
