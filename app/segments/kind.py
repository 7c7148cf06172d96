"""Segments as things in folders: their orders, and what is said of their folders."""

from __future__ import annotations

from app.core.i18n import _, _l, ngettext
from app.core.pages import Order, by_name, by_number, by_time
from app.folders.kinds import FolderKind, FolderWords
from app.segments.models import Folder, Segment
from app.team.permissions import Permission

ORDERS = {
    order.name: order
    for order in (
        Order("updated", _l("Last updated first"), "updated_at", "updated_at", by_time, descending=True),
        Order("earliest", _l("Last updated last"), "updated_at", "updated_at", by_time),
        Order("name", _l("By name"), "name_key", "name_key", by_name),
        Order("name_down", _l("By name, backwards"), "name_key", "name_key", by_name, descending=True),
        Order("friends", _l("Most friends first"), "number", "number", by_number, descending=True),
        Order("fewest", _l("Fewest friends first"), "number", "number", by_number),
    )
}
SEGMENTS = FolderKind(
    name="segment",
    blueprint="segments",
    model=Segment,
    folder=Folder,
    permission=Permission.SEGMENTS,
    orders=ORDERS,
    words=FolderWords(
        title=_l("Segment"),
        everything=_l("All segments"),
        search=_l("Search segments"),
        new_hint=_l("A folder keeps segments together. They can be moved there afterwards."),
        deletion=_l("Its segments are not deleted: they return to the list, in no folder."),
        deleted=lambda name: _("The folder “%(name)s” was deleted. Its segments are in no folder now.", name=name),
        moved=lambda number: ngettext("%(num)s segment was moved.", "%(num)s segments were moved.", number),
        choose_some=_l("Choose at least one segment."),
        choose_again=_l("Choose segments and a folder from the list."),
    ),
)
SEGMENTS.describe(_l("Folders of segments"))
