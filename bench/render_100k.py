"""Message sets rendered for 100,000 friends, against the same dictionary filled by hand and `json.dumps`.

A set is a greeting, a card with a personal link, and quick replies; both sides give the same JSON. Each friend is
rendered and let go, so memory stays as it is however many there are. `BENCH_RENDERED=10000` renders fewer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import quote

from app.messages.content import message_set
from bench.harness import Result, alternate, peak_rss_mb

FRIENDS = 100_000
ROUNDS = 5
Values = Mapping[str, str | None]


@dataclass(frozen=True)
class Known:
    """A personal value that texts may name."""

    is_always_known: bool = False


NAMES = {"first_name": Known(), "points": Known(), "customer": Known()}
CONTENT = {
    "messages": [
        {"kind": "text", "text": "Hello {{first_name|dear customer}}, you have {{points|0}} points. 🍵"},
        {
            "kind": "buttons",
            "alt_text": "For {{first_name|you}}",
            "text": "A coupon for {{first_name|you}}",
            "actions": [{"kind": "link", "label": "Open", "url": "https://shop.example/coupon?c={{customer|}}"}],
        },
    ],
    "quick_replies": [{"action": {"kind": "message", "label": "Thanks", "text": "Thanks"}}],
}
PEOPLE: list[Values] = [
    {"first_name": f"花子{number}" if number % 3 else None, "points": str(number), "customer": f"A-{number}/é"}
    for number in range(1_000)
]


def run() -> list[Result]:
    """Measure friends rendered per second and what ten times as many add to memory."""
    friends = int(os.environ.get("BENCH_RENDERED", FRIENDS))
    ready = message_set.build(message_set.read(CONTENT), {}, NAMES).ready
    assert all(json.loads(ready.as_json(one)) == json.loads(by_hand(one)) for one in PEOPLE)
    few_mb = memory_after(ready.as_json, friends // 10)
    ours, reference = alternate(
        lambda: per_second(ready.as_json, friends), lambda: per_second(by_hand, friends), rounds=ROUNDS
    )
    many_mb = peak_rss_mb()
    return [
        Result("render_100k.rate", ours, "friends/s", reference, "higher", friends),
        Result("render_100k.memory", many_mb, "MB", few_mb, "lower", friends),
    ]


def per_second(render: Callable[[Values], str], friends: int) -> float:
    """Render for so many friends, keeping nothing."""
    start, size = perf_counter(), 0
    for number in range(friends):
        size += len(render(PEOPLE[number % len(PEOPLE)]))
    assert size
    return friends / (perf_counter() - start)


def memory_after(render: Callable[[Values], str], friends: int) -> float:
    """Return the greatest memory so far, in MB, after rendering for so many friends."""
    per_second(render, friends)
    return peak_rss_mb()


def by_hand(values: Values) -> str:
    """Write the messages out as a program without message sets would."""
    name, points = values.get("first_name"), values.get("points") or "0"
    link = "https://shop.example/coupon?c=" + quote(values.get("customer") or "", safe="")
    action = {"type": "uri", "uri": link, "label": "Open"}
    template: dict[str, Any] = {"type": "buttons", "text": f"A coupon for {name or 'you'}", "actions": [action]}
    thanks = {"type": "message", "text": "Thanks", "label": "Thanks"}
    messages = [
        {"type": "text", "text": f"Hello {name or 'dear customer'}, you have {points} points. 🍵"},
        {
            "type": "template",
            "altText": f"For {name or 'you'}",
            "template": template,
            "quickReply": {"items": [{"type": "action", "action": thanks}]},
        },
    ]
    return json.dumps(messages, ensure_ascii=False)
