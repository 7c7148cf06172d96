"""LINE's own statistics of messages that were sent under a name; 60 requests an hour for each account."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.core.errors import RetryLater
from app.line.gateway.client import LineClient
from app.line.gateway.transport import by_path

PATH = "/v2/bot/insight/message/event/aggregation"


class InsightClient(LineClient):
    """Client for the statistics of one account."""

    def unit(self, name: str, first: date, last: date) -> dict[str, Any]:
        """Return `overview`, `messages` and `clicks` of a name; a figure of fewer than 20 people is None.

        Days are LINE's, in Japan's time; `last` is at most 30 days after `first`.
        """
        asked = {"customAggregationUnit": name, "from": f"{first:%Y%m%d}", "to": f"{last:%Y%m%d}"}
        body = self._ask(by_path, "GET", PATH, query_params=list(asked.items())).body
        if not isinstance(body, dict) or not isinstance(body.get("overview"), dict):
            raise RetryLater("line.unreadable", after=60)
        return {part: body.get(part) for part in ("overview", "messages", "clicks")}
