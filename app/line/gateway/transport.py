"""HTTP client for synchronous calls, on top of the official SDK.

One client per process and host (a client per call would pay a TLS handshake each), no hidden retries, a timeout on
every call, and answers as plain JSON: the SDK's models turn an unknown word in a good answer into an error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

import structlog
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from app.core import lenient_json
from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import Answer
from app.line.gateway.errors import refusal
from app.line.gateway.urls import urls

log = structlog.get_logger(__name__)
CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
CONNECTIONS = 32


@lru_cache(maxsize=1)
def sdk() -> Any:
    """Return LINE's SDK, loaded with the first call, so that processes and commands start a second sooner."""
    return import_module("app.line.gateway.sdk")


def _settings(kind: Any, host: str) -> Any:
    settings = kind(host=host, access_token="")
    settings.retries = False
    settings.connection_pool_maxsize = CONNECTIONS
    return settings


@lru_cache(maxsize=8)
def messaging_client(host: str) -> Any:
    """Return this process' client for this host."""
    return sdk().MessagingClient(_settings(sdk().messaging.Configuration, host))


@lru_cache(maxsize=8)
def oauth_client(host: str) -> Any:
    """Return this process' client for issuing tokens."""
    return sdk().OAuthClient(_settings(sdk().oauth.Configuration, host))


def bot_api() -> Any:
    """Return the SDK's Messaging API on LINE's main host."""
    return sdk().messaging.MessagingApi(messaging_client(urls.api))


def token_api() -> Any:
    """Return the SDK's token endpoints."""
    return sdk().oauth.ChannelAccessToken(oauth_client(urls.api))


def ask(call: Callable[..., Any], *args: Any, token: str | None = None, **kwargs: Any) -> Answer:
    """Make one call (a `…_with_http_info` of the SDK); raises RetryLater or PermanentFailure."""
    options: dict[str, Any] = {"_request_timeout": (CONNECT_SECONDS, READ_SECONDS), **kwargs}
    if token is not None:
        options["_request_auth"] = bearer(token)
    try:
        answer = call(*args, **options)
    except sdk().REFUSALS as error:
        raise _read_refusal(error) from error
    except HTTPError as error:
        raise _network(error) from error
    except (ValueError, LookupError) as error:
        raise RetryLater("line.unreadable", after=5) from error
    return Answer(answer.status_code, answer.data, {name.lower(): value for name, value in answer.headers.items()})


def by_path(method: str, path: str, body: Any = None, *, kind: str = "application/json", **options: Any) -> Any:
    """Make a call whose body the SDK's models would refuse or change; `ask` takes it like a method of the SDK.

    `body` is what becomes JSON, or bytes of another content type, which go to the host for large bodies.
    """
    host = urls.data if isinstance(body, bytes) else urls.api
    headers = {"Accept": "application/json"} | ({"Content-Type": kind} if body is not None else {})
    kinds = dict.fromkeys(("200", "202"), "object")
    return messaging_client(host).call_api(
        path, method, header_params=headers, body=body, response_types_map=kinds, auth_settings=["Bearer"], **options
    )


def bearer(token: str) -> dict[str, str]:
    """Return the authorization that the SDK takes for one call."""
    return {"in": "header", "type": "bearer", "key": "Authorization", "value": f"Bearer {token}"}


def _read_refusal(error: Any) -> RetryLater | PermanentFailure:
    if not error.status:  # The SDK's way to say that TLS failed.
        return RetryLater("line.unreachable", after=10)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    raw = error.body or ""
    body = lenient_json.loads_or_none(raw.encode() if isinstance(raw, str) else raw)
    log.info("line.refused", status=error.status, line_request=headers.get("x-line-request-id"))
    return refusal(error.status, body, headers)


def _network(error: HTTPError) -> RetryLater:
    # A refused connection is a kind of connect timeout to urllib3.
    is_slow = isinstance(error, ReadTimeoutError | ConnectTimeoutError) and not isinstance(error, NewConnectionError)
    if is_slow or "timed out" in str(error):
        return RetryLater("line.timeout", after=5)
    return RetryLater("line.unreachable", after=5)
