"""Trouble on demand: rules that slow, break or bend the answers to chosen requests, repeatable for a seed.

`latency` waits; `status` answers an error instead of processing; `reset` drops the connection before
processing; `lost` processes and then drops the connection (after `delay_ms`, so that a client may also time
out); `slow_body` drips the answer over `delay_ms`; `malformed` breaks its JSON; `unknown_enum` puts a value
that LINE does not document into it; `extra_fields` adds fields that were not asked for.
"""

import random
from dataclasses import dataclass, field, fields
from math import exp, log
from typing import Any, Literal

from sandbox.records import change

FaultKind = Literal["latency", "status", "reset", "lost", "slow_body", "malformed", "unknown_enum", "extra_fields"]

# A normal deviate is below this with a probability of 99 %.
NINETY_NINE = 2.326


@dataclass
class Fault:
    """One rule; `channel_id` (or a HubSpot portal's id), `method` and `path` (a path template) narrow it down."""

    id: str
    kind: FaultKind
    channel_id: str | None = None
    method: str | None = None
    path: str | None = None
    # How often it strikes at most; None is without end.
    times: int | None = None
    # How many matching requests it lets pass first.
    skip: int = 0
    probability: float = 1.0
    status: int = 500
    message: str | None = None
    # What a `status` fault says of single properties, as {"property": …, "message": …}.
    details: list[dict[str, str]] = field(default_factory=list)
    # Extra response headers of a `status` fault, for example Retry-After, which LINE does not send.
    headers: dict[str, str] = field(default_factory=dict)
    fixed_ms: float = 0.0
    min_ms: float = 0.0
    max_ms: float = 0.0
    median_ms: float = 0.0
    p99_ms: float = 0.0
    delay_ms: float = 0.0
    # How often it has struck.
    struck: int = 0

    def matches(self, channel_id: str, method: str, path: str) -> bool:
        return (
            self.channel_id in (None, channel_id)
            and self.method in (None, method)
            and self.path in (None, path)
            and (self.times is None or self.struck < self.times)
        )

    def wait_seconds(self, dice: random.Random) -> float:
        """Return how long a latency fault waits this time."""
        if self.median_ms:
            return spread_ms(self.median_ms, self.p99_ms, dice) / 1000
        if self.max_ms:
            return dice.uniform(self.min_ms, self.max_ms) / 1000
        return self.fixed_ms / 1000


SETTABLE = {field.name for field in fields(Fault)} - {"id", "struck"}


def spread_ms(median_ms: float, p99_ms: float, dice: random.Random) -> float:
    """Return milliseconds drawn from the log-normal distribution with this median and 99th percentile."""
    sigma = log(max(p99_ms, median_ms) / median_ms) / NINETY_NINE
    return median_ms * exp(dice.gauss(0.0, sigma))


class Faults:
    """The rules in force and the dice they are decided with."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(f"faults:{seed}")
        self.rules: dict[str, Fault] = {}
        self._made = 0

    def add(self, wish: dict[str, Any]) -> Fault:
        """Add a rule; a field that does not exist or an unknown kind raises `BadFieldError`."""
        fault = Fault(id=str(self._made + 1), kind=wish.get("kind", ""))
        change(fault, wish, allowed=SETTABLE)
        self._made += 1
        self.rules[fault.id] = fault
        return fault

    def striking(self, channel_id: str, method: str, path: str) -> list[Fault]:
        """Return the rules that strike this request; each is counted."""
        return [fault for fault in self.rules.values() if self._strikes(fault, channel_id, method, path)]

    def _strikes(self, fault: Fault, channel_id: str, method: str, path: str) -> bool:
        if not fault.matches(channel_id, method, path):
            return False
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.probability < 1.0 and self.dice.random() >= fault.probability:
            return False
        fault.struck += 1
        return True
