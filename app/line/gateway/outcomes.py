"""Outcomes of a send: accepted, refused, to be tried later, or unknown.

A push or multicast is never unknown as long as its retry key counts: to repeat it is harmless, so it is for later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from app.core import lenient_json
from app.core.clock import now
from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import Answer, NotSent
from app.line.gateway.errors import refusal

log = structlog.get_logger(__name__)

# LINE forgets a key 24 hours after its first request, and then takes it for a new message. Less than that counts
# here, because clocks differ and a request takes time.
KEY_LIFE = timedelta(hours=24) - timedelta(minutes=10)
# Refusals after which no other send of the account can succeed until a person changes something.
ABOUT_ACCOUNT = frozenset(
    {
        "line.token_refused",
        "line.credentials_refused",
        "line.credentials_lost",
        "line.disconnected",
        "line.monthly_limit",
        "line.not_available",
        "line.forbidden",
    }
)


@dataclass(frozen=True)
class RetryKey:
    """A retry key and the moment of its first use, both stored before the first try.

    Use it again after Later, with the same recipients and messages.
    """

    value: UUID
    first_used_at: datetime

    @classmethod
    def of_age(cls, value: UUID, age: timedelta) -> RetryKey:
        """Return a key that was first used so long ago by the database's clock, whatever this process' clock says."""
        return cls(value, now() - age)

    @property
    def has_expired(self) -> bool:
        """Return whether LINE may have forgotten the key, so that it would send the message a second time."""
        return now() - self.first_used_at >= KEY_LIFE


class KeyExpired(PermanentFailure):
    """LINE may have forgotten the retry key, so the request is not made."""

    def __init__(self) -> None:
        super().__init__("line.key_expired")


@dataclass(frozen=True)
class Accepted:
    """LINE took the messages; it does not say whether they were delivered.

    `request_id` is the accepted request's; `repeated` says that an earlier try with the key was the one that counted.
    `messages` are in the order sent, each {"id", "quoteToken"?}; empty for multicast.
    """

    request_id: str | None
    repeated: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Refused:
    """Nothing was sent, and the same request will never succeed. `core.reasons` has a sentence for the code."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_about_account(self) -> bool:
        """Return whether every other send of the account would be refused as well: stop, and tell a member."""
        return self.code in ABOUT_ACCOUNT


@dataclass(frozen=True)
class Later:
    """Try again in `after` seconds, with the same key; the code says why.

    `is_untaken`: LINE surely did not take this try.
    """

    after: float
    code: str
    is_untaken: bool = False


@dataclass(frozen=True)
class Unknown:
    """It may have been sent or not, and a second try might send it twice; `why` is a code. A member decides."""

    why: str


Outcome = Accepted | Refused | Later | Unknown


def read_outcome(answer: Answer, *, is_repeatable: bool) -> Outcome:
    """Return the outcome that an answer means; `is_repeatable`: a retry key guards the request."""
    if 200 <= answer.status < 300:
        return Accepted(answer.headers.get("x-line-request-id"), False, _sent_messages(answer.body))
    if answer.status == 409 and (accepted := answer.headers.get("x-line-accepted-request-id")):
        return Accepted(accepted, True, _sent_messages(answer.body))
    log.info("line.refused", status=answer.status, line_request=answer.headers.get("x-line-request-id"))
    error = refusal(answer.status, answer.body, answer.headers)
    if answer.status == 429 and isinstance(error, RetryLater):
        return Later(error.after, error.code, is_untaken=True)
    return outcome_of(error, is_repeatable=is_repeatable)


def outcome_of(error: RetryLater | PermanentFailure, *, is_repeatable: bool) -> Outcome:
    """Return the outcome that an error of the gateway means for a send."""
    if isinstance(error, RetryLater):
        is_harmless = is_repeatable or isinstance(error, NotSent)
        is_untaken = isinstance(error, NotSent)
        return Later(error.after, error.code, is_untaken) if is_harmless else Unknown(error.code)
    return Unknown(error.code) if isinstance(error, KeyExpired) else Refused(error.code, error.params)


def _sent_messages(body: Any) -> list[dict[str, Any]]:
    return [item for item in lenient_json.items(body, "sentMessages") if isinstance(item, dict)]
