"""Send a test of a *Send webhook* step: choose a friend, and see what the other system answers."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.i18n import _l
from app.core.identifiers import posted_number
from app.line.access import visible_accounts
from app.team import rate_limits
from app.team.permissions import Permission, check_any, current_actor, me, requires
from app.workflows.trials import WebhookTrial, friends_for_test, try_webhook, webhook_step
from app.workflows.views.blueprint import blueprint

NO_FRIEND = _l("Choose a friend whose data is sent.")
LIMIT = "30 per hour"


def sent_by() -> str:
    """Return whose tests are counted together."""
    return f"webhook test {me().id}"


@blueprint.get("/<int:workflow_id>/steps/<node_id>/test")
@requires(Permission.EXPORT)
def webhook_test(workflow_id: int, node_id: str) -> Response:
    """Ask for which friend."""
    return _page(workflow_id, node_id, request.args.get("search", ""))


@blueprint.post("/<int:workflow_id>/steps/<node_id>/test")
@requires(Permission.EXPORT)
@rate_limits.tries(LIMIT, of=sent_by)
def send_webhook_test(workflow_id: int, node_id: str) -> Response:
    """Send, and show what came of it."""
    friend_id = posted_number(request.form.get("friend"))
    search = request.form.get("search", "")
    if not friend_id:
        return _page(workflow_id, node_id, search, found=WebhookTrial(problem=NO_FRIEND), status=422)
    found = try_webhook(workflow_id, node_id, friend_id, actor=current_actor())
    return _page(workflow_id, node_id, search, friend_id, found=found)


def _page(
    workflow_id: int,
    node_id: str,
    search: str,
    friend_id: int | None = None,
    *,
    found: WebhookTrial | None = None,
    status: int = 200,
) -> Response:
    check_any(Permission.WORKFLOWS)
    check_any(Permission.FRIENDS)
    workflow, graph, node = webhook_step(workflow_id, node_id, current_actor())
    accounts = visible_accounts(current_actor())
    context: dict[str, Any] = {
        "workflow": workflow,
        "node": node,
        "url": url_for("workflows.webhook_test", workflow_id=workflow.id, node_id=node.id),
        "search": search[:100],
        "friends": friends_for_test(graph, search[:100], friend_id),
        "friend_id": friend_id,
        "account_names": {one.id: one.name for one in accounts} if len(graph.account_ids) > 1 else {},
        "found": found,
    }
    return htmx.render("workflows/trials/show.html", "workflows/trials/_webhook.html", status, **context)
