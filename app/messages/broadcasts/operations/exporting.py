"""Record exports of results in the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.i18n import _l
from app.messages.broadcasts.models import Broadcast
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "broadcast.exported": _l("exported results of the broadcast %(target)s as CSV"),
        "broadcast.exported_list": _l("exported the list of broadcasts as CSV"),
        "broadcast.exported_comparison": _l("exported a comparison of broadcasts as CSV"),
    }
)


@operation(Permission.EXPORT)
def note_export(account_id: int, broadcast: Broadcast, *, actor: Actor) -> None:
    """Write down who exported the results of a broadcast."""
    audit.record(actor, "broadcast.exported", target=broadcast, account_id=account_id)


@operation(Permission.EXPORT)
def note_list_export(account_id: int, *, actor: Actor) -> None:
    """Write down who exported the list."""
    audit.record(actor, "broadcast.exported_list", account_id=account_id)


@operation(Permission.EXPORT)
def note_comparison_export(account_id: int, broadcasts: Sequence[Broadcast], *, actor: Actor) -> None:
    """Write down who exported which broadcasts side by side."""
    ids = [one.id for one in broadcasts]
    audit.record(actor, "broadcast.exported_comparison", account_id=account_id, broadcasts=ids)
