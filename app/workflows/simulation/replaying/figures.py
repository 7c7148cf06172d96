"""What a replay counts: runs, steps by node, messages and units; sums of several slices add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

REPLY, PUSH, CAPPED = "reply", "push", "capped"


class ReplayedSend(NamedTuple):
    """A message set that a friend would have got, or would not have got because of the frequency cap."""

    friend_id: int
    account_id: int
    node_id: str
    at: datetime
    messages: int
    via: str


@dataclass
class ReplayFigures:
    """Totals of one version. `runs` are counted by state, with "started"; `nodes` by "node|exit|result"."""

    runs: Counter[str] = field(default_factory=Counter)
    nodes: Counter[str] = field(default_factory=Counter)
    sends: Counter[str] = field(default_factory=Counter)

    def count_sends(self, sent: Sequence[ReplayedSend]) -> None:
        """Add what friends would have got."""
        self.sends.update(one.via for one in sent)
        self.sends["messages"] += sum(one.messages for one in sent if one.via != CAPPED)

    def add(self, other: ReplayFigures) -> None:
        """Add the figures of other friends."""
        self.runs += other.runs
        self.nodes += other.nodes
        self.sends += other.sends

    def by_node(self) -> dict[str, dict[tuple[str, str], int]]:
        """Return by node how often each exit was taken, with which result."""
        found: dict[str, dict[tuple[str, str], int]] = {}
        for place, number in self.nodes.items():
            node_id, exit_name, result = place.split("|")
            found.setdefault(node_id, {})[exit_name, result] = number
        return found

    def as_json(self) -> dict[str, Any]:
        """Return them as they are stored."""
        return {"runs": dict(self.runs), "nodes": dict(self.nodes), "sends": dict(self.sends)}


def read_figures(stored: Mapping[str, Any]) -> ReplayFigures:
    """Return stored figures."""
    return ReplayFigures(*(Counter(stored.get(name) or {}) for name in ("runs", "nodes", "sends")))
