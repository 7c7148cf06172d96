"""Answers that are no success, worded as HubSpot words them where that is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sandbox.hubspot.values import Problem, iso

SCOPES_PAGE = "https://developers.hubspot.com/scopes"
NOT_FOUND = "resource not found"
INVALID_TOKEN = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
    "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
MISSING_SCOPES = (
    "This app hasn't been granted all required scopes to make this call. "
    f"Read more about required scopes here: {SCOPES_PAGE}."
)
# Sentences that HubSpot does not document: ours. Nothing should depend on them.
TOO_MANY_INPUTS = "Inputs: {count} is more than the maximum of {most}."
DUPLICATE_IDS = "Duplicate ids found in batch input: {ids}."
NO_TIER = "The account's subscription does not include this feature."
BAD_LIMIT = "limit must be between 1 and {most}."
BAD_AFTER = "Invalid after: {value}."
NOT_JSON = "Invalid input JSON on line 1, column 1: {why}"
NOT_UNIQUE = "Property {name} is not a unique identifier property."
UNKNOWN_FIELD = "Invalid input: unknown field {name}."
MISSING_FIELD = "Some required fields were not set: [{name}]"


class HubSpotError(Exception):
    """An answer that is not a success."""

    def __init__(
        self,
        status: int,
        message: str,
        category: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        body: dict[str, Any] = {"status": "error", "message": message}
        if category:
            body["category"] = category
        self.body = body | fields


def invalid(message: str, **fields: Any) -> HubSpotError:
    """Return the answer to a request that makes no sense."""
    return HubSpotError(400, message, "VALIDATION_ERROR", **fields)


def missing_field(name: str) -> HubSpotError:
    return invalid(MISSING_FIELD.format(name=name))


def not_found(message: str = NOT_FOUND) -> HubSpotError:
    return HubSpotError(404, message, "OBJECT_NOT_FOUND")


def conflict(message: str) -> HubSpotError:
    return HubSpotError(409, message, "CONFLICT")


def bad_properties(problems: Sequence[Problem]) -> HubSpotError:
    """Return the answer to refused values: a JSON text inside the message, and the same as errors."""
    listed = json.dumps([problem.described() for problem in problems], ensure_ascii=False, separators=(",", ":"))
    errors = [
        {"message": problem.message, "code": problem.code, "context": {"propertyName": [problem.name]}}
        for problem in problems
    ]
    return invalid(f"Property values were not valid: {listed}", errors=errors)


def expired(at: float, now: float) -> HubSpotError:
    """Return the answer to a token that has run out."""
    minutes = int((now - at) // 60)
    words = f"The OAuth token used to make this call expired {minutes} minute(s) ago."
    return HubSpotError(401, words, "EXPIRED_AUTHENTICATION", context={"expire time": [iso(int(at * 1000))]})


def missing_scopes(scopes: Sequence[str]) -> HubSpotError:
    """Return the answer where none of these scopes was granted."""
    what = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(scopes)},
    }
    return HubSpotError(403, MISSING_SCOPES, "MISSING_SCOPES", errors=[what], links={"scopes": SCOPES_PAGE})


def no_tier() -> HubSpotError:
    return HubSpotError(403, NO_TIER, "ACCOUNT_FEATURE_MISSING")


def rate_limited(policy: str, request_id: str, headers: dict[str, str]) -> HubSpotError:
    """Return the answer to one call too many; `policy` is TEN_SECONDLY_ROLLING, SECONDLY or DAILY."""
    words = f"You have reached your {policy.lower()} limit."
    fields = {"errorType": "RATE_LIMIT", "policyName": policy, "requestId": request_id}
    return HubSpotError(429, words, headers=headers, **fields)
