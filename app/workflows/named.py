"""Check what triggers and actions name, such as tags that may have been deleted, and give the names of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _l, listed
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.tags import tags_by_id
from app.friends.values import fields
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import NodeProblem

# So many names stand in the line of a step.
MOST_NAMES = 5


def check_tags(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    """Tell where a step's tags are missing or have been deleted."""
    for account_id in account_ids:
        ids = (node.settings.get("tags") or {}).get(str(account_id)) or []
        if not ids:
            yield NodeProblem(_l("Choose a tag. If there is none yet, create one first."), "tags")
        elif len(tags_by_id(account_id, ids)) < len(set(ids)):
            yield NodeProblem(_l("A tag of this step has been deleted. Choose another one."), "tags")


def names_of_rows(setting: str, model: Any) -> Callable[[Sequence[Node], Sequence[int]], Mapping[str, Text]]:
    """Return what names the rows that nodes hold in a setting, by account; those of several accounts together."""

    def find(ids: Collection[int], account_ids: Sequence[int]) -> Mapping[int, str]:
        query = select(model.id, model.name).where(model.id.in_(ids), model.account_id.in_(account_ids))
        return {row.id: row.name for row in db.session.execute(query)}

    return names_by(setting, find)


def names_by(
    setting: str, find: Callable[[Collection[int], Sequence[int]], Mapping[int, str]]
) -> Callable[[Sequence[Node], Sequence[int]], Mapping[str, Text]]:
    """Return what names the rows of a setting, of which `find` gives the names by id, for these accounts."""

    def names(nodes: Sequence[Node], account_ids: Sequence[int]) -> Mapping[str, Text]:
        chosen = {node.id: _chosen(node.settings.get(setting), account_ids) for node in nodes}
        wanted = {row_id for ids in chosen.values() for row_id in ids}
        known = find(wanted, account_ids) if wanted else {}
        return {node_id: _listed([known[one] for one in ids if one in known]) for node_id, ids in chosen.items()}

    return names


def names_of_fields(nodes: Sequence[Node], account_ids: Sequence[int]) -> Mapping[str, Text]:
    """Return what the fields are called that nodes hold in the setting `field`."""
    known: dict[str, Text] = {}
    for account_id in account_ids:
        known |= {name: one.label for name, one in fields(attribute_definitions(account_id)).items()}
    return {node.id: known.get(str(node.settings.get("field")), "") for node in nodes}


def _chosen(by_account: Any, account_ids: Sequence[int]) -> list[int]:
    found: list[int] = []
    for account_id in account_ids:
        ids = (by_account or {}).get(str(account_id)) or []
        found += [one for one in (ids if isinstance(ids, list) else [ids]) if isinstance(one, int)]
    return found


def _listed(names: Sequence[str]) -> Text:
    different = list(dict.fromkeys(names))
    return listed([*different[:MOST_NAMES], "…"] if len(different) > MOST_NAMES else different) if different else ""
