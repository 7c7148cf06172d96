"""Errors of HubSpot in two kinds: try later, or never until a person changes something; a sentence for each.

A sentence says what happened and never that it is tried again, which only the page of something that waits can know.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.core import error_messages, lenient_json
from app.core.clock import in_zone, now
from app.core.due.registry import LONG_WAITS
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _l
from app.core.outgoing.exchange import Answer
from app.integrations.hubspot.gateway.bad_values import BadValue, read_bad_values
from app.integrations.hubspot.gateway.scopes import SCOPE_WORDS, UNNAMED

error_messages.register(
    {
        "hubspot.rate_limited": _l("HubSpot asked us to slow down."),
        "hubspot.daily_limit": _l(
            "HubSpot allows no more calls today. The limit of the HubSpot account ends at midnight of its time zone."
        ),
        "hubspot.locked": _l("Another program is changing the same record in HubSpot."),
        "hubspot.moving": _l("HubSpot is moving this account to another data center."),
        "hubspot.unavailable": _l("HubSpot has trouble on its side."),
        "hubspot.timeout": _l("HubSpot did not answer in time."),
        "hubspot.unreachable": _l("HubSpot cannot be reached from this server. Check its internet connection."),
        "hubspot.unreadable": _l("HubSpot's answer could not be read."),
        "hubspot.limiter_away": _l(
            "Redis, which keeps the pace of requests to HubSpot, does not answer. Start it again."
        ),
        "hubspot.token_busy": _l("Another process is renewing the access to HubSpot. Try again in a moment."),
        "hubspot.reconnect_needed": _l("HubSpot no longer accepts the approval. Reconnect HubSpot."),
        "hubspot.uninstalled": _l("The app was uninstalled in HubSpot. Connect HubSpot again."),
        "hubspot.disconnected": _l("This HubSpot account is disconnected. Connect it again."),
        "hubspot.bad_refresh_token": _l("HubSpot no longer accepts the approval. Reconnect HubSpot."),
        "hubspot.bad_auth_code": _l("The approval was used already or came too late. Approve again in HubSpot."),
        "hubspot.bad_client_id": _l("HubSpot does not know the client ID. Copy it again from the app in HubSpot."),
        "hubspot.bad_client_secret": _l("HubSpot refuses the client secret. Copy it again from the app in HubSpot."),
        "hubspot.developer_key_refused": _l(
            "HubSpot refuses the developer key for this app. Copy it again from the developer account in HubSpot."
        ),
        "hubspot.missing_scope": _l(
            "HubSpot did not grant what this needs: %(scopes)s. Reconnect HubSpot and approve all that the app"
            " asks for."
        ),
        "hubspot.forbidden": _l("HubSpot does not allow this. It says: “%(message)s”"),
        "hubspot.not_found": _l("HubSpot does not know it, or no longer."),
        "hubspot.conflict": _l("HubSpot has it already. It says: “%(message)s”"),
        "hubspot.address_too_long": _l("The request names too many properties for HubSpot."),
        "hubspot.bad_values": _l("HubSpot refuses the value of %(names)s. It says: “%(message)s”"),
        "hubspot.refused": _l("HubSpot refused the request. It says: “%(message)s”"),
    }
)

# HubSpot may ask to be left alone until its day ends, or the account has moved.
LONG_WAITS.update({"hubspot.daily_limit", "hubspot.moving"})
# No call of the portal can work until a person changes something; a reconnection may.
ABOUT_THE_PORTAL = frozenset(
    {
        "hubspot.missing_scope",
        "hubspot.reconnect_needed",
        "hubspot.uninstalled",
        "hubspot.disconnected",
        "hubspot.bad_refresh_token",
        "hubspot.bad_client_id",
        "hubspot.bad_client_secret",
        "hubspot.no_app",
        "hubspot.grant_unreadable",
    }
)
# While the portal itself refuses us, nothing is tried for so long; a reconnection makes everything due at once.
PORTAL_WAIT = timedelta(minutes=15)
OAUTH_REFUSALS = {
    "BAD_REFRESH_TOKEN": "hubspot.bad_refresh_token",
    "BAD_AUTH_CODE": "hubspot.bad_auth_code",
    "BAD_CLIENT_ID": "hubspot.bad_client_id",
    "BAD_CLIENT_SECRET": "hubspot.bad_client_secret",
}
LONGEST_MESSAGE = 500
LEAST_LOCK_SECONDS, MOVING_SECONDS = 2.0, 60.0
MOST_SECONDS = 86_400.0
# Asked for longer because of an outage or a burst of calls, we look earlier: both end when they end.
MOST_OF_TROUBLE = 300.0


class PerhapsDone(RetryLater):
    """HubSpot may have done what was asked, and a second try would do it again: look first."""


class ValuesRefused(PermanentFailure):
    """HubSpot refused values of a record; `values` says which and why."""

    def __init__(self, values: tuple[BadValue, ...]) -> None:
        names = ", ".join(dict.fromkeys(value.name for value in values if value.name))
        super().__init__("hubspot.bad_values", names=names, message=values[0].message)
        self.values = values


def refusal(answer: Answer, *, attempt: int = 1, time_zone: str = "") -> RetryLater | PermanentFailure:
    """Return the error for an answer that is not a success; `attempt` counts the tries of the request."""
    status, message = answer.status, read_message(answer.body)
    if status == 429:
        return _too_many(answer, attempt, time_zone)
    if status == 423:
        return RetryLater("hubspot.locked", after=max(LEAST_LOCK_SECONDS, _of_trouble(answer, LEAST_LOCK_SECONDS)))
    if status == 477:
        return RetryLater("hubspot.moving", after=asked_wait(answer, MOVING_SECONDS))
    if status >= 500 or status in (408, 425):
        return RetryLater("hubspot.unavailable", after=_of_trouble(answer, 5.0))
    return _never(answer, message or f"HTTP {status}")


def oauth_refusal(answer: Answer) -> RetryLater | PermanentFailure:
    """Return the error for an answer of a token endpoint that is not a success."""
    code = OAUTH_REFUSALS.get(lenient_json.text(answer.body, "status") or "")
    return PermanentFailure(code) if code and answer.status < 500 else refusal(answer)


def read_message(body: Any) -> str:
    """Return HubSpot's words for an error, shortened; token endpoints name theirs differently."""
    words = lenient_json.text(body, "message") or lenient_json.text(body, "error_description") or ""
    return words[:LONGEST_MESSAGE]


def asked_wait(answer: Answer, default: float) -> float:
    """Return the wait in seconds that Retry-After asks for, a day at most."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), MOST_SECONDS) if asked.isascii() and asked.isdecimal() else default


def _too_many(answer: Answer, attempt: int, time_zone: str) -> RetryLater:
    policy = lenient_json.text(answer.body, "policyName") or ""
    if policy == "DAILY":
        return RetryLater("hubspot.daily_limit", after=asked_wait(answer, _until_midnight(time_zone)))
    seconds = 1.0 if policy == "SECONDLY" else 10.0
    return RetryLater("hubspot.rate_limited", after=_of_trouble(answer, seconds * attempt))


def _of_trouble(answer: Answer, default: float) -> float:
    return min(asked_wait(answer, default), MOST_OF_TROUBLE)


def _until_midnight(time_zone: str) -> float:
    """Return the seconds until the next day begins in a time zone; in UTC where it is not known."""
    try:
        zone: Any = ZoneInfo(time_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    moment = now()
    today = in_zone(moment, zone) or moment
    midnight = (today + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1.0, midnight.timestamp() - moment.timestamp())


def _never(answer: Answer, message: str) -> PermanentFailure:
    if answer.status == 401:
        return PermanentFailure("hubspot.uninstalled")
    if answer.status == 403 and lenient_json.text(answer.body, "category") == "MISSING_SCOPES":
        return PermanentFailure("hubspot.missing_scope", scopes=", ".join(_scopes(answer.body)) or UNNAMED)
    if values := read_bad_values(answer.body):
        return ValuesRefused(values)
    codes = {
        403: "hubspot.forbidden",
        404: "hubspot.not_found",
        409: "hubspot.conflict",
        414: "hubspot.address_too_long",
    }
    return PermanentFailure(codes.get(answer.status, "hubspot.refused"), message=message)


def _scopes(body: Any) -> list[str]:
    """Return the scopes of which one is needed: those that the app asks for, where some of them are."""
    found: dict[str, None] = {}
    for error in lenient_json.items(body, "errors"):
        for name, scopes in lenient_json.mapping(error, "context").items():
            if name.startswith("required") and isinstance(scopes, list):
                found |= dict.fromkeys(scope for scope in scopes if isinstance(scope, str))
    return [scope for scope in found if scope in SCOPE_WORDS] or list(found)
