"""The form of the incoming webhook: its addresses, how the friend is found, and which fields a run takes over."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from app.workflows.forms.reading import one_of, rows, text, whole_number
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register
from app.workflows.hooks.answers import REASONS
from app.workflows.hooks.models import WorkflowHook
from app.workflows.hooks.operations.receiving import LINE_USER_ID, USUAL_HOURS
from app.workflows.hooks.queries import address_of, hooks_of, last_calls
from app.workflows.hooks.reading import MOST_BYTES
from app.workflows.triggers.webhooks import FRIEND_BY, MOST_FIELDS

FIELDS = ("name", "path")


def _read(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    return {
        "friend_by": one_of(form, "friend_by", FRIEND_BY, LINE_USER_ID),
        "friend_path": text(form, "friend_path"),
        "fields": rows(form, "fields", FIELDS, most=MOST_FIELDS),
        "repeat_hours": whole_number(form, "repeat_hours"),
    }


def _offer(editing: NodeEditing) -> Mapping[str, Any]:
    hooks = hooks_of(editing.workflow.id, editing.node.id)
    return {
        "ways": FRIEND_BY,
        "most_fields": MOST_FIELDS,
        "most_kilobytes": MOST_BYTES // 1024,
        "hooks": hooks,
        "new_keys": {account_id: _new_key(hook, editing) for account_id, hook in hooks.items()},
        "addresses": {account_id: address_of(hook) for account_id, hook in hooks.items()},
        "calls_of": {account_id: last_calls([hook.id]) for account_id, hook in hooks.items()},
        "call_words": REASONS,
    }


def _new_key(hook: WorkflowHook, editing: NodeEditing) -> str:
    """Return the key that was made while the form is open, which then holds it; "" for any other."""
    posted = editing.posted.get(f"new-key-{hook.account_id}", "")
    return posted if posted and compare_digest(hook.secret.encode(), posted.encode()) else ""


register(
    NodeForm(
        kind="webhook_received",
        template="workflows/nodes/_webhook_received.html",
        read=_read,
        context=_offer,
        blank={"friend_by": LINE_USER_ID, "friend_path": "", "fields": [], "repeat_hours": USUAL_HOURS},
    )
)
