"""The card on a friend's page: the workflows in which the friend is now."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core import htmx
from app.core.i18n import _l
from app.friends import panels
from app.friends.queries.friends import get_friend
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires
from app.workflows.engine.spam import IS_SPAM, in_spam
from app.workflows.history.words import STATE_COLOURS, STATES, why
from app.workflows.queries.runs import open_runs_of

blueprint = Blueprint(
    "friend_workflows", __name__, url_prefix="/accounts/<int:account_id>/friends/<int:friend_id>/workflows"
)


@blueprint.get("")
@requires(Permission.WORKFLOWS)
def index(account_id: int, friend_id: int) -> Response:
    account = get_account(account_id)
    friend = get_friend(account.id, friend_id)
    return htmx.render(
        "workflows/runs/_of_friend.html",
        found=open_runs_of(friend.id, current_actor()),
        is_spam=IS_SPAM if in_spam([friend.id]) else "",
        states=STATES,
        colours=STATE_COLOURS,
        why=lambda run, workflow: why(run, is_active=workflow.is_active),
    )


panels.register(panels.FriendPanel(_l("Workflow"), "friend_workflows.index", Permission.WORKFLOWS))
