"""One synchronous request to HubSpot; any status is an answer."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from app.core import lenient_json
from app.core.errors import RetryLater
from app.core.outgoing.exchange import Answer, NotSent
from app.integrations.hubspot.gateway.urls import urls

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
CONNECTIONS = 32
FORM = "application/x-www-form-urlencoded"


@lru_cache(maxsize=1)
def _sdk() -> Any:
    return import_module("app.integrations.hubspot.gateway.sdk")


@lru_cache(maxsize=8)
def client_of(host: str) -> Any:
    """Return this process' client for this host; a client per call would pay a TLS handshake each."""
    return _sdk().PooledClient(host, CONNECTIONS)


def send(method: str, path: str, **options: Any) -> Answer:
    """Make one request with the SDK's options: `access_token` or `api_key`, `qs`, and `body`, which becomes JSON.

    Raises NotSent, or RetryLater when HubSpot may have got it.
    """
    given = {name: value for name, value in options.items() if value is not None}
    return _send({"method": method, "path": path, **given})


def send_form(path: str, fields: dict[str, str]) -> Answer:
    """Post a form, as the token endpoints take it."""
    headers = {"Content-Type": FORM, "Accept": "application/json"}
    options = {"method": "POST", "path": path, "body": urlencode(fields), "headers": headers, "default_json": False}
    return _send(options)


def _send(options: dict[str, Any]) -> Answer:
    sdk = _sdk()
    try:
        response = client_of(urls.api).api_request({**options, "timeout": (CONNECT_SECONDS, READ_SECONDS)})
    except sdk.Failure as error:
        kind = NotSent if sdk.never_left(error) else RetryLater
        raise kind("hubspot.timeout" if sdk.is_slow(error) else "hubspot.unreachable", after=5) from error
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, lenient_json.loads_or_none(response.content), headers)
