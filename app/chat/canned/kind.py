"""Canned replies as something that is kept in folders: orders, sentences, and who sees which."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_

from app.chat.canned.models import CannedReply, CannedReplyFolder, Sharing
from app.core.i18n import _, _l, ngettext
from app.core.pages import Order, by_name, by_number, by_time
from app.folders.kinds import FolderKind, FolderWords
from app.team import audit
from app.team.actors import Actor
from app.team.permissions import Permission

ORDERS = {
    order.name: order
    for order in (
        Order("updated", _l("Last changed first"), "updated_at", "updated_at", by_time, descending=True),
        Order("earliest", _l("Last changed last"), "updated_at", "updated_at", by_time),
        Order("name", _l("By name"), "name_key", "name_key", by_name),
        Order("name_down", _l("By name, backwards"), "name_key", "name_key", by_name, descending=True),
        Order("used", _l("Most used first"), "used", "used", by_number, descending=True),
        Order("used_least", _l("Least used first"), "used", "used", by_number),
    )
}


def seen_by(actor: Actor) -> Sequence[ColumnElement[bool]]:
    """Return the condition of replies that are not another member's own."""
    return [or_(CannedReply.shared != Sharing.MINE, CannedReply.owner_id == actor.member_id)]


CANNED_REPLIES = FolderKind(
    name="canned_reply",
    blueprint="canned_replies",
    model=CannedReply,
    folder=CannedReplyFolder,
    permission=Permission.CHAT,
    orders=ORDERS,
    words=FolderWords(
        title=_l("Canned replies"),
        everything=_l("All canned replies"),
        search=_l("Search canned replies"),
        new_hint=_l("A folder keeps messages together. They can be moved there afterwards."),
        deletion=_l("Its messages are not deleted: they return to the list, in no folder."),
        deleted=lambda name: _("The folder “%(name)s” was deleted. Its messages are in no folder now.", name=name),
        moved=lambda number: ngettext("%(num)s canned reply was moved.", "%(num)s canned replies were moved.", number),
        choose_some=_l("Choose at least one canned reply."),
        choose_again=_l("Choose canned replies and a folder from the list."),
    ),
    seen_by=seen_by,
)
CANNED_REPLIES.describe(_l("Folders of canned replies"))
audit.describe(
    {
        "canned_reply.created": _l("created the canned reply %(target)s"),
        "canned_reply.changed": _l("changed the canned reply %(target)s"),
        "canned_reply.deleted": _l("deleted the canned reply %(target)s"),
        "canned_reply.moved": _l("moved the canned reply %(target)s to the folder %(folder)s"),
        "canned_reply.moved_out": _l("took the canned reply %(target)s out of its folder"),
    },
    {"canned_reply": _l("Canned replies")},
)
