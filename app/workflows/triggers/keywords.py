"""Keywords that start another active workflow as well: one message of a friend would then begin both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _, listed
from app.team.permissions import reading_actor
from app.workflows.definition.checks import Finding
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.definition.kinds import NodeProblem, triggers_of
from app.workflows.models import WorkflowTrigger
from app.workflows.queries.choices import names_for
from app.workflows.queries.problems import CHECKS
from app.workflows.triggers.messages import MESSAGE, Match, fits_keyword, fold_texts


class _Keyword(NamedTuple):
    typed: str
    folded: str
    match: str


def shared_keywords(workflow_id: int, graph: Graph) -> Iterator[Finding]:
    """Tell at each trigger which of its keywords start active workflows of the same accounts, too."""
    nodes = [one for one in triggers_of(graph) if one.kind == MESSAGE and graph.after(one, NEXT)]
    others = _others(workflow_id, graph.account_ids) if nodes else []
    for node in nodes if others else ():
        shared = [(mine, other_id) for mine in _keywords_of(node) for other_id, other in others if _meet(mine, other)]
        if shared:
            yield _finding(node, shared)


def _others(workflow_id: int, account_ids: Sequence[int]) -> list[tuple[int, _Keyword]]:
    mine = WorkflowTrigger.account_id.in_(account_ids), WorkflowTrigger.kind == MESSAGE
    query = select(WorkflowTrigger.workflow_id, WorkflowTrigger.settings).where(
        *mine, WorkflowTrigger.workflow_id != workflow_id
    )
    rows = db.session.execute(query.order_by(WorkflowTrigger.workflow_id)).all()
    return [(row.workflow_id, one) for row in rows for one in _prepared(row.settings)]


def _prepared(settings: Mapping[str, Any]) -> list[_Keyword]:
    keywords = settings.get("keywords") or ()
    return [_Keyword(str(one["text"]), str(one["folded"]), str(one["match"])) for one in keywords]


def _keywords_of(node: Node) -> list[_Keyword]:
    keywords = [one for one in node.settings.get("keywords") or () if isinstance(one, Mapping)]
    texts = [str(one.get("text", "")) for one in keywords]
    folded = fold_texts(texts)
    matches = [str(one.get("match", "")) for one in keywords]
    return [_Keyword(*one) for one in zip(texts, folded, matches, strict=True)]


def _meet(one: _Keyword, other: _Keyword) -> bool:
    """Return whether what one of them says starts both; parts of texts meet where they are the same."""
    if one.match == Match.EQUALS:
        return fits_keyword(one.folded, other.folded, other.match)
    if other.match == Match.EQUALS:
        return fits_keyword(other.folded, one.folded, one.match)
    return bool(one.folded) and one.folded == other.folded


def _finding(node: Node, shared: Sequence[tuple[_Keyword, int]]) -> Finding:
    names = names_for(reading_actor(), {other_id for _mine, other_id in shared})
    words = _(
        "Another active workflow starts by “%(keyword)s” as well, so friends get both: %(names)s",
        keyword=shared[0][0].typed.strip(),
        names=listed(dict.fromkeys(names.values())),
    )
    return Finding(NodeProblem(words, "keywords", is_warning=True), node)


CHECKS.add("keywords", shared_keywords)
