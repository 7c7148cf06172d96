"""Retry keys: the first accepted request wins for 24 hours, every later one with its key is told so."""

import re

from sandbox.line.channels import RETRY_KEY_SECONDS, Accepted
from sandbox.line.envelope import RETRY_KEY, Call, LineError, bad_parameter

# Old keys are swept out whenever so many have gathered.
SWEEP_AT = 10_000
UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\Z", re.IGNORECASE)


def given_key(call: Call) -> str | None:
    """Return the request's retry key; 400 when it is no UUID, 409 when it was accepted within the last 24 hours."""
    key = call.request.headers.get(RETRY_KEY)
    if key is None:
        return None
    if not UUID.match(key):
        raise bad_parameter(RETRY_KEY, "header")
    key = key.lower()
    accepted = call.channel.retry_keys.get(key)
    if accepted is not None and call.now - accepted.at < RETRY_KEY_SECONDS:
        raise _conflict(accepted)
    return key


def _conflict(accepted: Accepted) -> LineError:
    body: dict[str, object] = {"message": "The retry key is already accepted"}
    if accepted.sent:
        body["sentMessages"] = accepted.sent
    return LineError(409, body=body, headers={"x-line-accepted-request-id": accepted.request_id})


def accept_key(call: Call, key: str | None, sent: list[dict[str, str]]) -> None:
    """Note what the key was used for; only requests that were accepted use it up."""
    if key is None:
        return
    if len(call.channel.retry_keys) % SWEEP_AT == SWEEP_AT - 1:
        call.channel.sweep(call.now)
    call.channel.retry_keys[key] = Accepted(call.now, call.request_id, sent)
