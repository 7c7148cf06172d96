"""LINE's official SDK, whose clients answer plain JSON here.

It takes a second to import, so `transport.sdk` loads it for the first call.
"""

from __future__ import annotations

from typing import Any

from linebot.v3 import messaging, oauth

from app.core import lenient_json

# What the SDK raises for an answer that refuses.
REFUSALS = (messaging.ApiException, oauth.ApiException)


class _Plain:
    """Mixin that makes the SDK's client return plain JSON instead of its models."""

    def deserialize(self, response: Any, response_type: str) -> Any:
        del response_type
        text: str = response.data
        return lenient_json.loads(text.encode()) if text else None


class MessagingClient(_Plain, messaging.ApiClient):  # type: ignore[misc]
    """The SDK's Messaging API client, answering plain JSON."""


class OAuthClient(_Plain, oauth.ApiClient):  # type: ignore[misc]
    """The SDK's token client, answering plain JSON."""
