"""The button of a trigger that makes its address, or renews its key; the key is in this answer and never again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from app.core import htmx
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires
from app.workflows.hooks.answers import REASONS
from app.workflows.hooks.operations.addresses import make_secret
from app.workflows.hooks.queries import address_of, last_calls

blueprint = Blueprint("workflow_hooks", __name__, url_prefix="/workflows/<int:workflow_id>")


@blueprint.post("/nodes/<node_id>/webhook/<int:account_id>")
@requires(Permission.WORKFLOWS)
def renew(workflow_id: int, node_id: str, account_id: int) -> Response:
    """Show the address with its new key."""
    account = get_account(account_id)
    hook, secret = make_secret(workflow_id, account.id, node_id, actor=current_actor())
    context: dict[str, Any] = {"workflow_id": workflow_id, "node_id": node_id, "account": account, "hook": hook}
    context |= {"address": address_of(hook), "secret": secret, "calls": last_calls([hook.id]), "call_words": REASONS}
    return htmx.render("workflows/hooks/show.html", "workflows/hooks/_hook.html", **context)
