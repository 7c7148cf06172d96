"""What decisions are made from: a run at a node, what was awaited, and facts of its friend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.workflows.definition.graph import Graph, Node

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class RunFacts:
    """What is known at the moment.

    `values` are the friend's fields by name. `fits` says by exit whether the node's conditions hold for the friend.
    `loaded` is what kinds of nodes keep elsewhere, by node id, such as the content of an Auto Send Message.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    fits: Mapping[str, bool] = field(default_factory=dict)
    loaded: Mapping[str, Any] = field(default_factory=dict)


class Arrival(NamedTuple):
    """A run at a node; a tuple, since one is made for every step.

    `number` counts the steps of the run from 1. `begun` is what an earlier decision at this node kept: {} on arrival.
    `event` is what was awaited and has come, None where the time is over or nothing was awaited. `result` is what
    became of the effect that was decided before.
    """

    graph: Graph
    node: Node
    account_id: int
    friend_id: int
    number: int
    now: datetime
    zone: ZoneInfo
    # What the trigger brought, and the answers of questions and webhooks by name.
    trigger: Mapping[str, Any] = NOTHING
    answers: Mapping[str, Any] = NOTHING
    begun: Mapping[str, Any] = NOTHING
    event: Mapping[str, Any] | None = None
    facts: RunFacts = RunFacts()
    # Stable for this run and step, whatever is repeated.
    key: str = ""

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a setting of the node."""
        return self.node.settings.get(name, default)

    def of_account(self, name: str, default: Any = None) -> Any:
        """Return a setting that is kept by account, such as the tags of a tag step."""
        kept = self.node.settings.get(name)
        return kept.get(str(self.account_id), default) if isinstance(kept, Mapping) else default
