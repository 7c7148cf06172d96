"""Forms of steps that send: messages of their own, Auto Send Messages, and questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _l
from app.friends.models import AttributeKind
from app.line.models import Account
from app.messages.auto.models import AutoMessage
from app.messages.composer.context import composer_context
from app.messages.composer.left import ALL
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import open_draft, settle
from app.messages.composer.owners import OWN_VALUES, PAGES, own_values_of
from app.messages.composer.pickers import EMOJI_PICTURE, EMOJI_TEXT, STICKER_PICTURE, picker_sets
from app.messages.composer.posted import posted_draft, posted_draft_id, shown_as_posted, take_posted
from app.messages.composer.said import kept
from app.messages.content import message_set
from app.messages.content.message_set import MessageSet
from app.messages.content.personal_values import PersonalValueType, personal_values
from app.messages.content.proof import prove
from app.team.permissions import current_actor
from app.workflows.actions.asking import CHOICES, KINDS, MOST_CHOICES, MOST_TRIES, YEARS
from app.workflows.actions.waiting import UNIT_NAMES
from app.workflows.files import accounts_of_files
from app.workflows.forms.offered import friend_fields
from app.workflows.forms.reading import id_by_account, is_on, member_is_done, one_of, rows, text, whole_number
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register
from app.workflows.models import Workflow
from app.workflows.queries.drafts import draft_of, working_graph
from app.workflows.texts import own_types

# Kinds of fields in which an answer of a kind can be stored; any other kind of answer fits a text alone.
STORES: dict[str, tuple[str, ...]] = {
    "date": (AttributeKind.DATE, AttributeKind.TEXT),
    "number": (AttributeKind.NUMBER, AttributeKind.TEXT),
    "email": ("email", AttributeKind.TEXT),
    "phone": ("tel", AttributeKind.TEXT),
    CHOICES: (AttributeKind.TEXT, AttributeKind.NUMBER, AttributeKind.DATE, AttributeKind.YES_NO),
}


# What the messages of steps are kept as while they are composed; the id of the step follows.
OWNER = "workflow_step"


def _own_values(draft: MessageDraft) -> Mapping[str, PersonalValueType]:
    workflow = db.session.get(Workflow, draft.owner_id)
    return own_types(working_graph(workflow, draft_of(workflow.id))) if workflow else {}


def _page(draft: MessageDraft) -> str:
    """Return the address of the step, where its form goes on with the draft instead of what is kept."""
    node_id = draft.owner_kind.partition(":")[2]
    return url_for("workflows.node", workflow_id=draft.owner_id, node_id=node_id, draft=draft.id)


OWN_VALUES.add(OWNER, _own_values)
PAGES.add(OWNER, _page)


def _account(editing: NodeEditing) -> Account | None:
    """Return the account for which messages are composed and checked: that of their files, else the first one."""
    lenders = accounts_of_files(editing.node.settings.get("content") or {})
    return next((one for one in editing.accounts if one.id in lenders), next(iter(editing.accounts), None))


def _read_messages(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    account = _account(editing)
    if account is None:
        return dict(editing.node.settings)
    content = take_posted(account.id)
    if member_is_done(form):
        before = posted_draft(account.id).owner_id
        settle(account.id, posted_draft_id(), editing.workflow.id, before=before, actor=current_actor())
    return {"content": message_set.write(content)}


def _offer_composer(editing: NodeEditing) -> Mapping[str, Any]:
    account = _account(editing)
    if account is None:
        return {"composer_account": None}
    if "draft" in editing.posted:
        draft = posted_draft(account.id)
    else:
        content = editing.node.settings.get("content")
        owner, owner_id = f"{OWNER}:{editing.node.id}", editing.workflow.id
        goes_on = "draft" in request.args
        draft = open_draft(account.id, owner, owner_id, content, goes_on=goes_on, actor=current_actor())
    shown = shown_as_posted()
    if editing.is_checked:
        # LINE is asked once the member is done.
        shown |= _refused(account, draft) if editing.posted else {"left": ALL}
    return {"composer_account": account, **composer_context(draft, **shown)}


def _refused(account: Account, draft: MessageDraft) -> dict[str, Any]:
    problems = prove(account.id, message_set.read(draft.content), own_values_of(draft)).problems
    return {"left": ALL, "said": kept(draft.content, problems)} if problems else {}


def _proof(editing: NodeEditing) -> bool:
    """Return whether LINE takes the messages, as far as it can be asked."""
    account, content = _account(editing), editing.node.settings.get("content")
    if account is None or not content:
        return True
    return not prove(account.id, message_set.read(content), own_types(editing.graph)).problems


def _read_auto(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    return {"messages": id_by_account(form, "messages", editing.accounts)}


def _offer_auto(editing: NodeEditing) -> Mapping[str, Any]:
    chosen = set((editing.node.settings.get("messages") or {}).values())
    query = select(AutoMessage).where(AutoMessage.account_id.in_(editing.account_ids)).order_by(AutoMessage.name)
    found = [one for one in db.session.scalars(query) if one.archived_at is None or one.id in chosen]
    return {"auto_messages_of": lambda account: [one for one in found if one.account_id == account.id]}


def _read_question(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    kind = one_of(form, "kind", KINDS, "text")
    settings: dict[str, Any] = {
        "content": _question(form, editing),
        "kind": kind,
        "name": text(form, "name"),
        "field": text(form, "field"),
        "tries": whole_number(form, "tries"),
        "repeat": text(form, "repeat"),
        "amount": whole_number(form, "amount"),
        "unit": one_of(form, "unit", UNIT_NAMES, "days"),
        "default": text(form, "default"),
        "is_shared": is_on(form, "is_shared"),
    }
    if kind == CHOICES:
        found = rows(form, "choices", ("label", "value"), most=MOST_CHOICES)
        settings["choices"] = found or [{"label": "", "value": ""}]
    return settings


def _question(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    """Return the question as a message set: its text in place of the first one; what else was there stays."""
    typed = form.get("question", "").replace("\r\n", "\n").strip()
    stored = editing.node.settings.get("content") or message_set.write(MessageSet())
    others = list(stored.get("messages", ()))[1:]
    first = [{"kind": "text", "text": typed}] if typed else []
    return {**stored, "messages": [*first, *others]}


def _offer_question(editing: NodeEditing) -> Mapping[str, Any]:
    settings = editing.node.settings
    kind = str(settings.get("kind") or "text")
    messages = (settings.get("content") or {}).get("messages") or ()
    account = _account(editing)
    fields = friend_fields(editing, STORES.get(kind, (AttributeKind.TEXT,)))
    return {
        "question": messages[0].get("text", "") if messages else "",
        "kinds": KINDS,
        "units": UNIT_NAMES,
        "fields": [(name, one.label) for name, one in fields.items()],
        "most_choices": MOST_CHOICES,
        "most_tries": MOST_TRIES,
        "years": YEARS,
        "takes_emoji": True,
        "composer_sets": picker_sets(),
        "composer_pictures": {"sticker": STICKER_PICTURE, "emoji": EMOJI_PICTURE, "emoji_text": EMOJI_TEXT},
        "composer_values": [
            *(personal_values(account.id).values() if account else ()),
            *own_types(editing.graph).values(),
        ],
    }


NOT_TAKEN: Text = _l("LINE does not take these messages as they are. What is wrong stands at each place.")
for _form in (
    NodeForm(
        kind="send_message",
        template="workflows/nodes/_send_message.html",
        read=_read_messages,
        context=_offer_composer,
        proof=lambda editing: None if _proof(editing) else NOT_TAKEN,
        is_composed=True,
    ),
    NodeForm(kind="auto_message", template="workflows/nodes/_auto_message.html", read=_read_auto, context=_offer_auto),
    NodeForm(
        kind="question",
        template="workflows/nodes/_question.html",
        read=_read_question,
        context=_offer_question,
        blank={"kind": "text", "name": _l("answer"), "tries": 2, "amount": 1, "unit": "days"},
    ),
):
    register(_form)
