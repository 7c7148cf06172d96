"""Names under which a run keeps answers, so that branches and texts can use them."""

from __future__ import annotations

import re

from app.core.i18n import Text, _l
from app.workflows.definition.graph import Graph
from app.workflows.definition.kinds import ACTIONS

LONGEST_NAME = 50
_NAME = re.compile(r"[\w-]+")


def wrong_name(name: str) -> Text | None:
    """Return what is wrong with the name of an answer; None for a good one."""
    if not name or len(name) > LONGEST_NAME:
        return _l("Give the answer a name of at most %(most)s characters.", most=LONGEST_NAME)
    if not _NAME.fullmatch(name):
        return _l("In the name of an answer use letters, digits, hyphens and underscores only.")
    return None


def answers_of(graph: Graph) -> list[str]:
    """Return the names of all answers that runs of this graph may keep, each once, in the order of the nodes."""
    kinds = ((ACTIONS.get(node.kind), node) for node in graph.nodes)
    return list(dict.fromkeys(name for kind, node in kinds if kind for name in kind.answers(node) if name))
