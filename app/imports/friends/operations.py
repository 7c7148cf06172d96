"""Start and cancel a friend import."""

from __future__ import annotations

from app.core.errors import Conflict, NotAllowed
from app.core.i18n import _l
from app.core.runs import operations as runs
from app.core.runs.models import Run
from app.core.runs.queries import active_run, latest_run
from app.imports.friends.cursor import FriendImportCursor
from app.imports.friends.run import FRIEND_IMPORT, place_in_list
from app.line.models import Account
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "friend_import.started": _l("started the friend import of %(target)s"),
        "friend_import.cancelled": _l("cancelled the friend import of %(target)s"),
    },
    {"friend_import": _l("Friend import")},
)


def require_available(account: Account) -> None:
    """Raise NotAllowed unless LINE gives this account its list of followers."""
    if not account.can_import_friends:
        raise NotAllowed(_l("The friend import is available only for verified or premium LINE Official Accounts."))


@operation(Permission.IMPORTS)
def start_friend_import(account: Account, *, actor: Actor) -> tuple[Run, bool]:
    """Start an import, or join the one that is running; returns (run, whether it is new).

    Raises NotAllowed for accounts that are not verified or premium, Conflict while LINE cannot be used.
    """
    require_available(account)
    if not account.is_connected:
        raise Conflict(_l("This LINE Official Account is not connected. Reconnect it, then start the import."))
    place = place_in_list(latest_run(FRIEND_IMPORT.name, account.id))
    run, is_new = runs.start(
        FRIEND_IMPORT.name,
        account.id,
        account_id=account.id,
        actor=actor,
        cursor=FriendImportCursor(resume=place),
    )
    if is_new:
        audit.record(actor, "friend_import.started", target=account, account_id=account.id)
    return run, is_new


@operation(Permission.IMPORTS)
def cancel_friend_import(account: Account, *, actor: Actor) -> Run | None:
    """Stop the running import and keep what came; None when none is running."""
    run = active_run(FRIEND_IMPORT.name, account.id)
    if run is None or run.is_cancelling or not runs.request_cancel(run):
        return run
    audit.record(actor, "friend_import.cancelled", target=account, account_id=account.id)
    return run
