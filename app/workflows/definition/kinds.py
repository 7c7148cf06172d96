"""The registry of kinds of nodes. Integrations add theirs; a kind is offered only while its service is connected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Select

from app.core.i18n import Text, _l
from app.core.registry import Registry
from app.team.permissions import Permission
from app.workflows.definition.decisions import Decision
from app.workflows.definition.graph import ERROR, NEXT, Graph, Node
from app.workflows.definition.state import Arrival

T = TypeVar("T")
log = structlog.get_logger(__name__)


class NodeCategory(StrEnum):
    """Headings of the palette."""

    BASIC = "basic"
    AUTOMATION = "automation"
    LINE = "line"
    CHAT = "chat"


CATEGORIES: dict[NodeCategory, Text] = {
    NodeCategory.BASIC: _l("Basic"),
    NodeCategory.AUTOMATION: _l("Automation & integration"),
    NodeCategory.LINE: _l("LINE"),
    NodeCategory.CHAT: _l("Chat"),
}


@dataclass(frozen=True)
class Exit:
    """A way out of a node; `label` is empty for the only one."""

    name: str
    label: Text = ""


ONLY_NEXT = (Exit(NEXT),)
WITH_ERROR = (Exit(NEXT), Exit(ERROR, _l("If it fails")))


@dataclass(frozen=True)
class NodeProblem:
    """What keeps a node from working, and the setting at which it can be corrected.

    `is_warning`: the workflow may be started all the same.
    """

    message: Text
    field: str = ""
    is_warning: bool = False


def _fine(_node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    return ()


def _nothing_to_say(_node: Node) -> Text:
    return ""


def _names_nothing(_nodes: Sequence[Node], _account_ids: Sequence[int]) -> Mapping[str, Text]:
    return {}


def _only_next(_node: Node) -> Sequence[Exit]:
    return ONLY_NEXT


def _none_of_graph(_graph: Graph, _node: Node) -> Iterable[NodeProblem]:
    return ()


def _no_names(_node: Node) -> Iterable[str]:
    return ()


def _tells_nothing(_node: Node) -> Mapping[str, Text]:
    return {}


def _brings_nothing(_node: Node, _account_id: int) -> Mapping[str, Any]:
    return {}


def _no_conditions(_node: Node, _account_id: int) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class NodeKind:
    """What triggers and actions have in common.

    `about` says in a line when a trigger fires, or what an action does; the palette shows it, and orders the kinds of a
    category by `rank`. `also` holds other words by which members look for it.
    `check` tells what is missing or gone, for these accounts; `check_within` what depends on the rest of the graph.
    `summary` says in a line what the node does, `names` what tags or other rows it does that with: of many nodes of the
    kind by id, for these accounts.
    `unavailable` returns why it cannot be used now, such as a service that is not connected; the kind is then not
    offered, and its nodes do nothing. `permission` is what a member needs, beside the one for workflows, to add such a
    node and to change what is set in it.
    """

    name: str
    label: Text
    category: NodeCategory
    icon: str
    about: Text = ""
    also: Text = ""
    rank: int = 50
    check: Callable[[Node, Sequence[int]], Iterable[NodeProblem]] = _fine
    check_within: Callable[[Graph, Node], Iterable[NodeProblem]] = _none_of_graph
    summary: Callable[[Node], Text] = _nothing_to_say
    names: Callable[[Sequence[Node], Sequence[int]], Mapping[str, Text]] = _names_nothing
    exits: Callable[[Node], Sequence[Exit]] = _only_next
    unavailable: Callable[[], Text | None] = lambda: None
    permission: Permission | None = None


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How a trigger follows the clock, from its settings and the workspace's time zone.

    `next` gives the first moment after another one, or None where there is none any more; `friends` selects the ids of
    those who enter at a moment, given the account; `key` is the same for all events of one friend that count as one.
    After an outage a trigger that `makes_up_all` fires for each moment that was missed, others for the last one.
    """

    next: Callable[[Mapping[str, Any], datetime, ZoneInfo], datetime | None]
    friends: Callable[[int, Mapping[str, Any], datetime, ZoneInfo], Select[Any]]
    key: Callable[[Mapping[str, Any], datetime, ZoneInfo], str]
    makes_up_all: bool = False


@dataclass(frozen=True, kw_only=True)
class TriggerNodeKind(NodeKind):
    """What starts a run. `matches(settings, data)` says whether an event of this kind is meant; it only computes.

    `prepare` gives the settings as they are matched, when the workflow is started. `tells` names what of an event's
    data texts may name, with its label. `example(node, account id)` gives data of an event to which the node responds.
    """

    clock: Clock | None = None
    matches: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] = lambda _settings, _data: True
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda settings: settings
    tells: Callable[[Node], Mapping[str, Text]] = _tells_nothing
    example: Callable[[Node, int], Mapping[str, Any]] = _brings_nothing


@dataclass(frozen=True, kw_only=True)
class ActionNodeKind(NodeKind):
    """What a run does. `decide` only computes.

    `conditions(node, account id)` gives, by exit, stored definitions that are to be tested for the friend. `load(nodes,
    account id)` reads for several nodes what is kept elsewhere. `needs_values(node)`: `facts.values` is looked at.
    `answers` are the names under which the run keeps what it learns at the node. `sends`: a friend may get a message
    by it. `acts`: it does something, and does not only wait, choose a way or end the run. `decides_alike(node)`: all
    runs of an account that arrive with the same `begun` and `event`, and for whose friends the same conditions hold,
    get the same decision, which looks at nothing else of the run or its friend; it is then made once for all of them.
    `looks_at_time(node)`: the decision depends on the moment at which it is made. `hands_over`: a person answers the
    friend from there on.
    """

    decide: Callable[[Arrival], Decision]
    conditions: Callable[[Node, int], Mapping[str, Any]] = _no_conditions
    load: Callable[[Collection[Node], int], Mapping[str, Any]] | None = None
    answers: Callable[[Node], Iterable[str]] = _no_names
    needs_values: Callable[[Node], bool] = lambda _node: False
    sends: bool = False
    acts: bool = True
    decides_alike: Callable[[Node], bool] = lambda _node: False
    looks_at_time: Callable[[Node], bool] = lambda _node: False
    hands_over: bool = False


def always(_node: Node) -> bool:
    """Say yes for every node of a kind."""
    return True


def unless_odd(ask: Callable[[], T], default: T) -> T:
    """Return what a kind says of settings; the default where they hold what it cannot read, which is logged."""
    try:
        return ask()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        log.exception("workflow.odd_settings")
        return default


# The field of what the next steps may settle.
TO_COME = "next"
TRIGGERS: Registry[TriggerNodeKind] = Registry("kind of trigger")
ACTIONS: Registry[ActionNodeKind] = Registry("kind of action")


def kind_of(node: Node) -> NodeKind | None:
    """Return the node's kind; None for one that is not known."""
    return TRIGGERS.get(node.kind) or ACTIONS.get(node.kind)


def exits_of(node: Node) -> list[Exit]:
    """Return the exits of a node; those that are in use of an unknown kind, and of settings that cannot be read."""
    used = [Exit(name, name if name != NEXT else "") for name in node.exits]
    kind = kind_of(node)
    return unless_odd(lambda: list(kind.exits(node)), used) if kind else used


def triggers_of(graph: Graph) -> list[Node]:
    """Return the trigger nodes in their order."""
    return [node for node in graph.nodes if node.kind in TRIGGERS]


def sends_after(graph: Graph, node_ids: Iterable[str]) -> bool:
    """Return whether one of these nodes may send a message to the friend."""
    kinds = (ACTIONS.get(graph.by_id[node_id].kind) for node_id in node_ids if node_id in graph.by_id)
    return any(kind is not None and kind.sends for kind in kinds)
