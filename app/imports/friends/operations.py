"""Start and cancel a friend import."""

from __future__ import annotations

from app.core.errors import Conflict, NotAllowed
from app.core.i18n import _l, language
from app.core.names import clean_name
from app.core.runs import operations as runs
from app.core.runs.models import Run
from app.core.runs.queries import active_run, latest_run
from app.friends.models import Tag
from app.friends.operations.tags import create_tag
from app.friends.queries.tags import tags_by_name
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
        "friend_import.repeat_on": _l("switched the weekly friend import of %(target)s on"),
        "friend_import.repeat_off": _l("switched the weekly friend import of %(target)s off"),
    },
    {"friend_import": _l("Friend import")},
)


def require_available(account: Account) -> None:
    """Raise NotAllowed unless LINE gives this account its list of followers."""
    if not account.can_import_friends:
        raise NotAllowed(_l("The friend import is available only for verified or premium LINE Official Accounts."))


@operation(Permission.IMPORTS)
def start_friend_import(
    account: Account, *, actor: Actor, tag: str = "", spoken: str = "", is_weekly: bool = False
) -> tuple[Run, bool]:
    """Start an import, or join the one that is running; returns (run, whether it is new).

    `tag` is the name of a tag for friends who are new, which is made where the account has none of that name. `spoken`
    is the language of an e-mail about the end, where the member has chosen none. Raises NotAllowed for accounts that
    are not verified or premium and for a tag without the permission, Conflict while LINE cannot be used.
    """
    require_available(account)
    if not account.is_connected:
        raise Conflict(_l("This LINE Official Account is not connected. Reconnect it, then start the import."))
    if (running := active_run(FRIEND_IMPORT.name, account.id)) is not None:
        # A tag that no friend would get is not made.
        return running, False
    place = place_in_list(latest_run(FRIEND_IMPORT.name, account.id))
    found = tag_for_new(account, tag, actor=actor)
    run, is_new = runs.start(
        FRIEND_IMPORT.name,
        account.id,
        account_id=account.id,
        actor=actor,
        input={"tag_id": found.id if found else None, "language": spoken or language(), "weekly": is_weekly},
        cursor=FriendImportCursor(resume=place),
    )
    if is_new:
        audit.record(actor, "friend_import.started", target=account, account_id=account.id)
    return run, is_new


@operation(Permission.IMPORTS)
def tag_for_new(account: Account, name: str, *, actor: Actor) -> Tag | None:
    """Return the tag of this name, made if need be; None for no name. Raises NotAllowed or InvalidInput(tag)."""
    if not name.strip():
        return None
    if not actor.may(Permission.TAGS, account.id):
        raise NotAllowed(_l("You need the permission “Tags” to have new friends tagged."))
    clean = clean_name(name, "tag")
    return tags_by_name(account.id, [clean]).get(clean) or create_tag(account.id, clean, actor=actor)


@operation(Permission.IMPORTS)
def cancel_friend_import(account: Account, *, actor: Actor) -> Run | None:
    """Stop the running import and keep what came; None when none is running."""
    run = active_run(FRIEND_IMPORT.name, account.id)
    if run is None or run.is_cancelling or not runs.request_cancel(run):
        return run
    audit.record(actor, "friend_import.cancelled", target=account, account_id=account.id)
    return run
