"""Check what triggers and actions name: tags that may have been deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.i18n import _l
from app.friends.queries.tags import tags_by_id
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import NodeProblem


def check_tags(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    """Tell where a step's tags are missing or have been deleted."""
    for account_id in account_ids:
        ids = (node.settings.get("tags") or {}).get(str(account_id)) or []
        if not ids:
            yield NodeProblem(_l("Choose a tag. If there is none yet, create one first."), "tags")
        elif len(tags_by_id(account_id, ids)) < len(set(ids)):
            yield NodeProblem(_l("A tag of this step has been deleted. Choose another one."), "tags")
