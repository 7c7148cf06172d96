"""Remove ID links, record their exports in the audit log, and announce those that imports have stored."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from app.core.db import db
from app.core.events import announce
from app.core.i18n import _l
from app.friends.events import IdLinksStored
from app.friends.models import IdLink
from app.line.models import Account
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "id_link.removed": _l("removed the ID link of %(target)s"),
        "id_link.exported": _l("exported the ID links of %(target)s"),
    },
    {"id_link": _l("ID links")},
)


def announce_id_links(account_id: int) -> None:
    """Announce what this transaction has stored."""
    announce(IdLinksStored(account_id=account_id, at=db.session.execute(select(func.now())).scalar_one()))


@operation(Permission.IMPORTS)
def remove_id_link(account_id: int, line_user_id: str, *, actor: Actor) -> IdLink | None:
    """Remove one LINE user's link and return it; None when it is gone already."""
    removed = db.session.scalar(
        delete(IdLink)
        .where(IdLink.account_id == account_id, IdLink.line_user_id == line_user_id)
        .returning(IdLink)
        .execution_options(synchronize_session=False)
    )
    if removed is not None:
        audit.record(actor, "id_link.removed", target_name=line_user_id, account_id=account_id, user_id=removed.user_id)
    return removed


@operation(Permission.EXPORT)
def note_id_link_export(account: Account, *, actor: Actor) -> None:
    """Record in the audit log who exported the account's ID links."""
    audit.record(actor, "id_link.exported", target=account, account_id=account.id)
