"""Forms of steps that tell others: other systems by webhook, members by e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from app.core.db import db
from app.core.i18n import _l
from app.core.identifiers import row_number
from app.core.outgoing.networks import allowed
from app.messages.content.personal_values import personal_values
from app.team.models import Member
from app.team.permissions import current_actor
from app.workflows.actions.notifying import ALL, CHOSEN, MOST_A_DAY, readers_of
from app.workflows.actions.webhooks import MOST_FIELDS, MOST_RESULTS
from app.workflows.engine.performing import BACKOFF
from app.workflows.forms.reading import one_of, rows, text
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register
from app.workflows.models import WorkflowSecret
from app.workflows.operations.secrets import store_secret
from app.workflows.signing import is_secret, new_secret
from app.workflows.texts import own_types

WHO = {ALL: _l("All members who may see the friend"), CHOSEN: _l("Members whom I choose")}
FIELDS, RESULTS = ("name", "value"), ("name", "path")


def _read_webhook(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    settings = {
        "url": text(form, "url"),
        "fields": rows(form, "fields", FIELDS, most=MOST_FIELDS),
        "results": rows(form, "results", RESULTS, most=MOST_RESULTS),
        "status": text(form, "status"),
    }
    return {**settings, **_read_secret(text(form, "secret"), editing)}


def _read_secret(typed: str, editing: NodeEditing) -> dict[str, Any]:
    """Return the id of the secret; one that is typed is stored, and without it the stored one stays."""
    stored_id = editing.node.settings.get("secret")
    if typed and not is_secret(typed):
        return {"secret": stored_id, "is_secret_wrong": True}
    stored = db.session.get(WorkflowSecret, stored_id) if isinstance(stored_id, int) else None
    is_same = stored is not None and compare_digest((stored.secret or "").encode(), typed.encode())
    return {"secret": stored_id if not typed or is_same else store_secret(typed, actor=current_actor())}


def _offer_webhook(editing: NodeEditing) -> Mapping[str, Any]:
    is_stored = isinstance(editing.node.settings.get("secret"), int)
    typed = editing.posted.get("secret", "")
    return {
        **offered_values(editing),
        "most": {"fields": MOST_FIELDS, "results": MOST_RESULTS},
        "tries": BACKOFF.most,
        "is_stored": is_stored,
        # A secret is shown as long as the member who enters it has the form open.
        "secret": typed or ("" if is_stored else new_secret()),
        "may_be_private": bool(allowed.networks),
    }


def offered_values(editing: NodeEditing) -> Mapping[str, Any]:
    """Return the personal values that texts of the step may name, of all accounts together."""
    found = {name: one for account_id in editing.account_ids for name, one in personal_values(account_id).items()}
    return {"takes_values": True, "composer_values": [*found.values(), *own_types(editing.graph).values()]}


def _read_notice(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    to = one_of(form, "to", WHO, ALL)
    settings = {"to": to, "subject": text(form, "subject"), "text": text(form, "text")}
    members = [number for one in form.getlist("members") if (number := row_number(one))]
    return {**settings, "members": members} if to == CHOSEN else settings


def _offer_notice(editing: NodeEditing) -> Mapping[str, Any]:
    found: dict[int, Member] = {one.id: one for account in editing.accounts for one in readers_of(account.id)}
    return {**offered_values(editing), "who": WHO, "offered": list(found.values()), "most_a_day": MOST_A_DAY}


for _form in (
    NodeForm(
        kind="send_webhook",
        template="workflows/nodes/_send_webhook.html",
        read=_read_webhook,
        context=_offer_webhook,
        blank={"url": "", "fields": [], "results": [], "status": ""},
    ),
    NodeForm(
        kind="notify_member",
        template="workflows/nodes/_notify_member.html",
        read=_read_notice,
        context=_offer_notice,
        blank={"to": ALL, "subject": "", "text": ""},
    ),
):
    register(_form)
