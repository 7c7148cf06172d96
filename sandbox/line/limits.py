"""LINE's rate limits as token buckets per channel and endpoint, and the counters that prove they were kept.

Every request is weighed twice: by the bucket that refuses (its burst can be changed), and by a second bucket
with the documented rate that never refuses and only counts how often it would have.
"""

from collections import deque
from typing import Any

from sandbox.line.channels import LimitSettings

Endpoint = tuple[str, str]

# Requests and seconds; everything else may be called 2,000 times a second.
LIMITS: dict[Endpoint, tuple[int, float]] = {
    ("POST", "/v2/bot/message/multicast"): (200, 1),
    ("POST", "/v2/bot/chat/loading/start"): (100, 1),
    ("PUT", "/v2/bot/channel/webhook/endpoint"): (1000, 60),
    ("GET", "/v2/bot/channel/webhook/endpoint"): (1000, 60),
    ("POST", "/v2/bot/channel/webhook/test"): (60, 3600),
    ("POST", "/v2/bot/richmenu"): (100, 3600),
    ("DELETE", "/v2/bot/richmenu/{richMenuId}"): (100, 3600),
    ("DELETE", "/v2/bot/richmenu/alias/{richMenuAliasId}"): (100, 3600),
    ("GET", "/v2/bot/richmenu/progress/batch"): (100, 3600),
    ("POST", "/v2/bot/richmenu/batch"): (3, 3600),
    ("GET", "/v2/bot/richmenu/list"): (10, 1),
    ("GET", "/v2/bot/insight/message/event/aggregation"): (60, 3600),
    ("POST", "/v2/oauth/accessToken"): (370, 1),
}
# Stands for the channel of requests that belong to none.
STRANGER = "-"
EVERYTHING_ELSE = (2000, 1.0)


class Bucket:
    """A token bucket: `take` says whether one more request fits."""

    __slots__ = ("capacity", "rate", "tokens", "updated")

    def __init__(self, rate: float, capacity: float, now: float) -> None:
        self.rate = rate
        self.resize(capacity)
        self.updated = now

    def resize(self, capacity: float) -> None:
        self.capacity = max(1.0, capacity)
        self.tokens = self.capacity

    def take(self, now: float) -> bool:
        self.tokens = min(self.capacity, self.tokens + (now - self.updated) * self.rate)
        self.updated = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


class Meter:
    """All requests of one channel to one endpoint."""

    __slots__ = (
        "_recent",
        "allowance",
        "busiest_second",
        "documented",
        "excess",
        "limit",
        "statuses",
        "total",
    )

    def __init__(self, limit: tuple[int, float], burst_seconds: float, now: float) -> None:
        count, seconds = limit
        self.limit = limit
        self.allowance = Bucket(count / seconds, count, now)
        self.documented = Bucket(count / seconds, count, now)
        self.tune(burst_seconds)
        self.total = 0
        self.excess = 0
        self.busiest_second = 0
        self.statuses: dict[str, int] = {}
        self._recent: deque[float] = deque()

    def tune(self, burst_seconds: float) -> None:
        """Set the burst; limits per minute or hour have their whole count as burst, whatever is asked."""
        count, seconds = self.limit
        self.allowance.resize(count * burst_seconds if seconds == 1 else count)

    def arrive(self, now: float) -> bool:
        """Count a request; False when it is over the limit."""
        self.total += 1
        recent = self._recent
        recent.append(now)
        while recent[0] <= now - 1.0:
            recent.popleft()
        self.busiest_second = max(self.busiest_second, len(recent))
        if not self.documented.take(now):
            self.excess += 1
        return self.allowance.take(now)

    def count_status(self, status: str) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def report(self) -> dict[str, Any]:
        """Return the counters; `excess` is how many requests the documented bucket would have refused."""
        return {
            "limit": {"requests": self.limit[0], "seconds": self.limit[1]},
            "total": self.total,
            "statuses": dict(self.statuses),
            "too_many": self.statuses.get("429", 0),
            "busiest_second": self.busiest_second,
            "excess": self.excess,
            "ever_exceeded": self.excess > 0,
        }


class Meters:
    """The meters of all channels."""

    def __init__(self) -> None:
        self._meters: dict[tuple[str, Endpoint], Meter] = {}

    def meter(self, channel_id: str, endpoint: Endpoint, settings: LimitSettings | None, now: float) -> Meter:
        """Return the meter of one channel and endpoint, made at its first request."""
        key = (channel_id, endpoint)
        meter = self._meters.get(key)
        if meter is None:
            burst = settings.burst_seconds if settings else 1.0
            meter = self._meters[key] = Meter(LIMITS.get(endpoint, EVERYTHING_ELSE), burst, now)
        return meter

    def count_stranger(self, endpoint: Endpoint, status: int, now: float) -> None:
        """Count a request that no channel's token came with."""
        meter = self.meter(STRANGER, endpoint, None, now)
        meter.arrive(now)
        meter.count_status(str(status))

    def retune(self, channel_id: str, settings: LimitSettings) -> None:
        """Give a channel's buckets their new burst; the counters go on."""
        for key, meter in self._meters.items():
            if key[0] == channel_id:
                meter.tune(settings.burst_seconds)

    def forget(self, channel_id: str | None = None) -> None:
        """Restart counting, for one channel or for all."""
        self._meters = {key: meter for key, meter in self._meters.items() if channel_id not in (None, key[0])}

    def report(self, channel_id: str | None = None) -> list[dict[str, Any]]:
        """Return the counters of every channel and endpoint that was called."""
        return [
            {"channel_id": key[0], "method": key[1][0], "path": key[1][1], **meter.report()}
            for key, meter in self._meters.items()
            if channel_id in (None, key[0])
        ]
