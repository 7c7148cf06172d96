"""Token bucket in Redis, shared by all processes, so that together they keep within an outside service's rate.

Callers may be ranked. A caller of low rank leaves some tokens in the bucket for those above it, and takes nothing at
all when its turn would be further off than its horizon. So the line of waiting callers below a caller is never longer
than their horizon, and a caller of the first rank that waits for no horizon is delayed by them for less than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import redis

# Redis' own clock counts, so that workers need not agree on the time; when it is set back, the bucket gains nothing by
# that and goes on from there. Tokens are taken at once, and a later caller of the same rank waits behind this one.
# Returns whether they were taken, and the milliseconds until the last of them may be used.
_TAKE = """
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local leave, horizon = tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000)
local wait = math.max(0, math.ceil((leave + wanted - tokens) / rate * 1000))
local is_taken = horizon < 0 or wait <= horizon
if is_taken then
  tokens = tokens - wanted
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return {is_taken and 1 or 0, wait}
"""


@dataclass(frozen=True)
class Turn:
    """The answer to a request for tokens.

    Taken: use them in `seconds`. Not taken: the turn would be that many seconds off, which is beyond the horizon.
    """

    is_taken: bool
    seconds: float


class TokenBucket:
    """`rate` tokens a second, at most `burst` saved up, under one key for all who share it."""

    def __init__(self, client: redis.Redis, key: str, rate: float, burst: float) -> None:
        self.key, self.rate, self.burst = f"tomoru:bucket:{key}", rate, burst
        self._script: Any = client.register_script(_TAKE)

    def take(self, tokens: int = 1) -> float:
        """Take tokens and return the seconds to wait before using them; raises redis.RedisError when Redis is away."""
        return self.take_within(None, tokens).seconds

    def take_within(self, horizon: float | None, tokens: int = 1, *, leave: float = 0.0) -> Turn:
        """Take tokens unless their turn is over `horizon` seconds off (None: however far); raises redis.RedisError.

        `leave` is how many tokens must remain in the bucket at that time, for callers of a higher rank.
        """
        limit = -1.0 if horizon is None else horizon * 1000
        is_taken, wait = self._script(keys=[self.key], args=[self.rate, self.burst, tokens, leave, limit])
        return Turn(bool(is_taken), float(wait) / 1000)
