"""Synchronous calls for one portal."""

from __future__ import annotations

import time
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from typing import TypeVar

from app.core.clock import now
from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import Answer, NotSent
from app.integrations.hubspot.gateway import rate, retries
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.errors import refusal
from app.integrations.hubspot.gateway.rate import Priority
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.hubspot.gateway.transport import send

T = TypeVar("T")
# A date tells its second, of which the middle is taken; with the way of the answer it is off by so much at most.
HALF_SECOND, SAME_CLOCK = timedelta(seconds=0.5), timedelta(seconds=2)


class HubSpotClient:
    """Client for one portal. Every call raises RetryLater or PermanentFailure; no transaction may be open.

    Retried are only requests that may be repeated; PerhapsDone is raised for others that HubSpot may have done.
    """

    def __init__(self, access: Access, priority: Priority = Priority.LIVE, *, tries: int = retries.LIVE_TRIES) -> None:
        self.access, self.priority, self._tries = access, priority, tries
        # HubSpot's clock minus ours, measured at the last answer.
        self.clock_drift: timedelta | None = None

    def call(self, request: HubSpotRequest[T]) -> T:
        """Make the request and return what its answer says."""
        for attempt in count(1):
            try:
                return request.result(self._accepted(request, attempt))
            except RetryLater as error:
                wait = retries.wait_before(request, error, attempt, self._tries)
                if wait is None:
                    raise retries.final(request, error) from error
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _accepted(self, request: HubSpotRequest[T], attempt: int) -> Answer:
        answer = self._answer(request)
        if 200 <= answer.status < 300:
            return answer
        retries.note(request, answer)
        error = refusal(answer, attempt=attempt, time_zone=self.access.time_zone)
        if isinstance(error, RetryLater):
            rate.slow_down(self.access, request.limit, error)
        raise error

    def _answer(self, request: HubSpotRequest[T]) -> Answer:
        """Make one request; when HubSpot refuses the token, renew it and repeat the request once."""
        token = self._token(None)
        answer = self._exchange(request, token)
        if answer.status == 401:
            retries.note(request, answer)
            answer = self._exchange(request, self._token(token))
        if answer.status == 401:
            self.access.lost("hubspot.uninstalled")
            raise PermanentFailure("hubspot.uninstalled")
        return answer

    def _token(self, refused: str | None) -> str:
        try:
            return self.access.token() if refused is None else self.access.renew(refused)
        except RetryLater as error:
            raise NotSent(error.code, error.after, **error.params) from error

    def _exchange(self, request: HubSpotRequest[T], token: str) -> Answer:
        for seconds in rate.waits(self.access, request.limit, self.priority, self.priority.patience):
            time.sleep(seconds)
        answer = send(
            request.method, request.path, access_token=token, qs=dict(request.query) or None, body=request.body
        )
        if (drift := drift_of(answer)) is not None:
            self.clock_drift = drift
        return answer


def drift_of(answer: Answer) -> timedelta | None:
    """Return HubSpot's clock minus ours, as an answer's date tells it; None when it tells none.

    A date holds whole seconds. Clocks that may be the same count as the same, since which of two values is newer is
    decided by less than a second.
    """
    try:
        said = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    drift = timedelta(seconds=round((said.astimezone(UTC) - now() + HALF_SECOND).total_seconds()))
    return drift if abs(drift) > SAME_CLOCK else timedelta()
