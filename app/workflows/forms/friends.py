"""Forms of what concerns a friend's data: tags, attributes, adding and scanning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _l
from app.workflows.actions.friends import VALUE_CHANGES
from app.workflows.definition.answers import answers_of
from app.workflows.forms.offered import field_choices, friend_fields, tags_to_choose
from app.workflows.forms.reading import ids_by_account, is_on, one_of, text
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register
from app.workflows.qr_codes.models import QrCode

TAG_CHANGES = {"add": _l("Add tags"), "remove": _l("Remove tags")}


def _read_add(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    return {"also_unblocked": is_on(form, "also_unblocked")}


def read_tags(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    """Return the ticked tags of each account."""
    return {"tags": ids_by_account(form, "tags", editing.accounts)}


def _read_tag_action(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    return {"change": one_of(form, "change", TAG_CHANGES, "add"), **read_tags(form, editing)}


def offer_tags(editing: NodeEditing) -> Mapping[str, Any]:
    """Return what the template of tags receives."""
    return {
        "tags_of": lambda account: tags_to_choose(editing, account.id),
        "changes": TAG_CHANGES,
        "searched": lambda account: editing.posted.get(f"tag-search-{account.id}", ""),
    }


def _read_field(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    return {"field": text(form, "field")}


def _offer_fields(editing: NodeEditing) -> Mapping[str, Any]:
    return {"fields": field_choices(editing)}


def _read_attribute(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    change = one_of(form, "change", VALUE_CHANGES, "set")
    settings = {"field": text(form, "field"), "change": change}
    if change in ("set", "add"):
        settings["value"] = text(form, "value")
    return {**settings, "answer": text(form, "answer")} if change == "answer" else settings


def _offer_attribute(editing: NodeEditing) -> Mapping[str, Any]:
    found = friend_fields(editing)
    chosen = found.get(str(editing.node.settings.get("field")))
    is_number = chosen is None or chosen.kind == "number"
    return {
        "fields": [(name, one.label) for name, one in found.items()],
        "chosen": chosen,
        "changes": {name: words for name, words in VALUE_CHANGES.items() if name != "add" or is_number},
        "answers": [(one, one) for one in answers_of(editing.graph)],
    }


def _read_codes(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    return {"codes": ids_by_account(form, "codes", editing.accounts)}


def _offer_codes(editing: NodeEditing) -> Mapping[str, Any]:
    chosen = editing.node.settings.get("codes") or {}
    query = select(QrCode).where(QrCode.account_id.in_(editing.account_ids)).order_by(QrCode.name, QrCode.id)
    found = db.session.scalars(query).all()

    def codes_of(account: Any) -> list[QrCode]:
        kept = chosen.get(str(account.id)) or ()
        return [one for one in found if one.account_id == account.id and (one.archived_at is None or one.id in kept)]

    return {"codes_of": codes_of}


for _form in (
    NodeForm(
        kind="friend_add", template="workflows/nodes/_friend_add.html", read=_read_add, blank={"also_unblocked": False}
    ),
    NodeForm(kind="tag_added", template="workflows/nodes/_tag_trigger.html", read=read_tags, context=offer_tags),
    NodeForm(kind="tag_removed", template="workflows/nodes/_tag_trigger.html", read=read_tags, context=offer_tags),
    NodeForm(
        kind="attribute_changed",
        template="workflows/nodes/_attribute_changed.html",
        read=_read_field,
        context=_offer_fields,
    ),
    NodeForm(kind="qr_code", template="workflows/nodes/_qr_code.html", read=_read_codes, context=_offer_codes),
    NodeForm(
        kind="tag",
        template="workflows/nodes/_tag.html",
        read=_read_tag_action,
        context=offer_tags,
        blank={"change": "add"},
    ),
    NodeForm(
        kind="attribute",
        template="workflows/nodes/_attribute.html",
        read=_read_attribute,
        context=_offer_attribute,
        blank={"change": "set"},
    ),
):
    register(_form)
