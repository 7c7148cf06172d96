"""Forms of triggers that look at what workflows and other senders have sent: clicked links, answered questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _
from app.core.identifiers import row_number
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.team.permissions import current_actor
from app.workflows.definition.graph import Graph, read_graph
from app.workflows.definition.kinds import kind_of
from app.workflows.definition.summaries import summaries_of
from app.workflows.engine.happenings import QUESTION_ANSWERED
from app.workflows.forms.reading import id_by_account, ids_by_account, one_of, text
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register
from app.workflows.models import Workflow
from app.workflows.qr_codes.queries import message_choices
from app.workflows.queries.choices import has_step, known_to, workflow_choices
from app.workflows.queries.workflows import version_of
from app.workflows.triggers.answers import ANSWER_MATCHES, AnswerMatch
from app.workflows.triggers.links import ADDRESS_MATCHES, LINKS_OF, AddressMatch, LinkOf

SHOWN_BROADCASTS = 100
# Steps of other workflows that a trigger can look at: those that send links, and those that ask.
SENDING = ("send_message", "auto_message", "question")
ASKING = ("question",)


def _read_link(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    of = one_of(form, "of", LINKS_OF, LinkOf.ANY.value)
    settings: dict[str, Any] = {"of": of}
    match of:
        case LinkOf.ADDRESS:
            match_by = one_of(form, "match", ADDRESS_MATCHES, AddressMatch.EQUALS.value)
            settings |= {"address": text(form, "address"), "match": match_by}
        case LinkOf.BROADCAST:
            settings["broadcasts"] = ids_by_account(form, "broadcasts", editing.accounts)
        case LinkOf.AUTO_MESSAGE:
            settings["messages"] = id_by_account(form, "messages", editing.accounts)
        case LinkOf.WORKFLOW:
            settings |= _read_step(form, editing)
    return settings


def _read_step(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    """Return a chosen workflow, and one of its steps; of another workflow than before it is none."""
    workflow_id = row_number(text(form, "from_workflow"))
    if workflow_id not in dict(_workflows(editing)):
        return {"from_workflow": None, "from_node": ""}
    is_same = form.get("step-of", "") == text(form, "from_workflow")
    return {"from_workflow": workflow_id, "from_node": text(form, "from_node") if is_same else ""}


def _offer_links(editing: NodeEditing) -> Mapping[str, Any]:
    settings, accounts = editing.node.settings, editing.accounts
    chosen, messages = settings.get("broadcasts") or {}, settings.get("messages") or {}
    return {
        "links_of": LINKS_OF,
        "matches": ADDRESS_MATCHES,
        "broadcasts_of": {one.id: _broadcasts(one.id, chosen.get(str(one.id)) or ()) for one in accounts},
        "messages_of": {one.id: message_choices(one.id, messages.get(str(one.id))) for one in accounts},
        **_offer_steps(editing),
    }


def _broadcasts(account_id: int, keep: Collection[int]) -> list[Broadcast]:
    """Return the newest broadcasts of an account that are no drafts, chosen ones first."""
    offered = (Broadcast.state != BroadcastState.DRAFT) | Broadcast.id.in_(keep)
    query = select(Broadcast).where(Broadcast.account_id == account_id, offered)
    order = Broadcast.id.in_(keep).desc(), Broadcast.id.desc()
    return list(db.session.scalars(query.order_by(*order).limit(SHOWN_BROADCASTS)))


def _offer_steps(editing: NodeEditing) -> Mapping[str, Any]:
    """Return the workflows that the member may see and that have such steps, and the steps of the chosen one."""
    chosen = editing.node.settings.get("from_workflow")
    is_known = isinstance(chosen, int) and chosen in known_to(current_actor(), {chosen})
    return {"workflows": _workflows(editing), "steps": _steps(chosen, _kinds(editing)) if chosen and is_known else []}


def _workflows(editing: NodeEditing) -> Sequence[tuple[int, Text]]:
    """Return these workflows; one that started by its own question would be stopped as a circle."""
    only = [has_step(*_kinds(editing))]
    if editing.node.kind == QUESTION_ANSWERED:
        only.append(Workflow.id != editing.workflow.id)
    return workflow_choices(current_actor(), editing.node.settings.get("from_workflow"), *only)


def _kinds(editing: NodeEditing) -> tuple[str, ...]:
    return ASKING if editing.node.kind == QUESTION_ANSWERED else SENDING


def _steps(workflow_id: int, kinds: Collection[str]) -> list[tuple[str, Text]]:
    version = version_of(workflow_id)
    graph = read_graph(version.graph) if version else Graph()
    found, said = [], summaries_of(graph)
    for node in graph.nodes:
        kind = kind_of(node)
        if kind is not None and node.kind in kinds:
            words = said.get(node.id)
            found.append((node.id, _("%(step)s: %(words)s", step=kind.label, words=words) if words else kind.label))
    return found


def _read_answer(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    match_by = one_of(form, "match", ANSWER_MATCHES, AnswerMatch.ANY.value)
    settings = {"match": match_by, **_read_step(form, editing)}
    return settings if match_by == AnswerMatch.ANY else {**settings, "value": text(form, "value")}


def _offer_answers(editing: NodeEditing) -> Mapping[str, Any]:
    return {"matches": ANSWER_MATCHES, **_offer_steps(editing)}


for _form in (
    NodeForm(
        kind="link_clicked",
        template="workflows/nodes/_link_clicked.html",
        read=_read_link,
        context=_offer_links,
        blank={"of": LinkOf.ANY.value},
    ),
    NodeForm(
        kind=QUESTION_ANSWERED,
        template="workflows/nodes/_question_answered.html",
        read=_read_answer,
        context=_offer_answers,
        blank={"match": AnswerMatch.ANY.value, "from_workflow": None, "from_node": ""},
    ),
):
    register(_form)
