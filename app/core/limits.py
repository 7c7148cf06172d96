"""A token bucket in Redis, shared by all workers, so that together they keep within an outside service's rate."""

from __future__ import annotations

from typing import Any

import redis

# Redis' own clock counts, so that workers need not agree on the time; when it is set back, the bucket gains nothing by
# that and goes on from there. Returns the milliseconds to wait until all wanted tokens are there; they are taken at
# once, and a later caller waits behind this one.
_TAKE = """
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000) - wanted
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return math.max(0, math.ceil(-tokens / rate * 1000))
"""


class TokenBucket:
    """`rate` tokens a second, at most `burst` saved up, under one key for everybody who shares it."""

    def __init__(self, client: redis.Redis, key: str, rate: float, burst: float) -> None:
        self.key, self.rate, self.burst = f"tomoru:bucket:{key}", rate, burst
        self._take: Any = client.register_script(_TAKE)

    def take(self, tokens: int = 1) -> float:
        """Take tokens and return the seconds to wait before using them; raises redis.RedisError when Redis is away."""
        return float(self._take(keys=[self.key], args=[self.rate, self.burst, tokens])) / 1000
