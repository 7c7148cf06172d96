"""Forms of the steps that change the conversation with the friend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.chat.filters import STATUSES
from app.chat.queries.people import answering_members
from app.chat.settings.queries import settings_of_account
from app.chat.steps import assigning, handing_over
from app.chat.steps.assigning import ASSIGN, ASSIGNEES
from app.chat.steps.handing_over import HAND_OVER, KEEP
from app.chat.steps.noting import ADD_NOTE
from app.chat.steps.status import SET_STATUS, STATUS
from app.chat.told import FIRST, MEMBER
from app.core.i18n import Text
from app.line.models import Account
from app.messages.conversations.models import ConversationStatus
from app.workflows.forms.outside import offered_values
from app.workflows.forms.reading import id_by_account, one_of, text
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register


class _Choice(NamedTuple):
    """A member as a list of rows shows one."""

    id: int
    name: str


def _read_status(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    return {STATUS: one_of(form, STATUS, STATUSES, ConversationStatus.TO_DO)}


def _offer_status(_editing: NodeEditing) -> Mapping[str, Any]:
    return {"statuses": STATUSES}


def _read_assignment(form: Posted, editing: NodeEditing, whom: Mapping[str, Text], usual: str) -> dict[str, Any]:
    to = one_of(form, "to", whom, usual)
    return {"to": to, **({ASSIGNEES: id_by_account(form, ASSIGNEES, editing.accounts)} if to == MEMBER else {})}


def _offer_members(editing: NodeEditing, whom: Mapping[str, Text]) -> dict[str, Any]:
    """Return to whom the conversation may go. The first who answers is offered where an account assigns them."""
    may_be_first = any(settings_of_account(one).assigns_first_answer for one in editing.account_ids)
    kept = editing.node.settings.get("to")
    offered = {to: words for to, words in whom.items() if to != FIRST or may_be_first or kept == FIRST}
    return {"whom": offered, "members_of": _members_of}


def _members_of(account: Account) -> list[_Choice]:
    return [_Choice(one.id, one.label) for one in answering_members([account.id])]


def _read_assign(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    return _read_assignment(form, editing, assigning.WHOM, MEMBER)


def _offer_assign(editing: NodeEditing) -> Mapping[str, Any]:
    return _offer_members(editing, assigning.WHOM)


def _read_note(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    return {"text": text(form, "text")}


def _read_handing_over(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    return {**_read_assignment(form, editing, handing_over.WHOM, KEEP), "note": text(form, "note")}


def _offer_handing_over(editing: NodeEditing) -> Mapping[str, Any]:
    return {**offered_values(editing), **_offer_members(editing, handing_over.WHOM)}


for _form in (
    NodeForm(
        kind=SET_STATUS,
        template="chat/steps/_status.html",
        read=_read_status,
        context=_offer_status,
        blank={STATUS: ConversationStatus.TO_DO.value},
    ),
    NodeForm(
        kind=ASSIGN,
        template="chat/steps/_assign.html",
        read=_read_assign,
        context=_offer_assign,
        blank={"to": MEMBER},
    ),
    NodeForm(
        kind=ADD_NOTE,
        template="chat/steps/_note.html",
        read=_read_note,
        context=offered_values,
        blank={"text": ""},
    ),
    NodeForm(
        kind=HAND_OVER,
        template="chat/steps/_hand_over.html",
        read=_read_handing_over,
        context=_offer_handing_over,
        blank={"to": KEEP, "note": ""},
    ),
):
    register(_form)
