"""Record exports of friends' data in the audit log."""

from __future__ import annotations

from app.core.i18n import _l
from app.friends.filters import FriendFilter
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe({"friend.exported": _l("exported friends as CSV")})


@operation(Permission.EXPORT)
def note_export(account_id: int, friend_filter: FriendFilter, *, actor: Actor) -> None:
    """Write down who exported which friends."""
    audit.record(actor, "friend.exported", account_id=account_id, filter=friend_filter.as_dict())
