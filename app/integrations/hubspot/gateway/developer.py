"""Calls of the app's developer, with the key of the developer account; they need no portal."""

from __future__ import annotations

from typing import TypeVar

from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import Answer
from app.integrations.hubspot.gateway import retries
from app.integrations.hubspot.gateway.errors import refusal
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.hubspot.gateway.transport import send

T = TypeVar("T")


class DeveloperClient:
    """Client with a developer key. Every call raises RetryLater or PermanentFailure; no transaction may be open."""

    def __init__(self, key: str) -> None:
        self._key = key

    def call(self, request: HubSpotRequest[T]) -> T:
        """Make the request once; raises PermanentFailure `hubspot.developer_key_refused` for a wrong key.

        PerhapsDone is raised for a request that must not be repeated and may be done.
        """
        try:
            return request.result(self._accepted(request))
        except RetryLater as error:
            raise retries.final(request, error) from error

    def _accepted(self, request: HubSpotRequest[T]) -> Answer:
        answer = send(
            request.method, request.path, api_key=self._key, qs=dict(request.query) or None, body=request.body
        )
        if answer.status == 401:
            raise PermanentFailure("hubspot.developer_key_refused")
        if not 200 <= answer.status < 300:
            retries.note(request, answer)
            raise refusal(answer)
        return answer
