"""Workflows as things in folders: their orders, and what is said of their folders."""

from __future__ import annotations

from app.core.i18n import _, _l, ngettext
from app.core.pages import Order, by_name, by_number, by_time
from app.folders.kinds import FolderKind, FolderWords
from app.team import audit
from app.team.permissions import Permission
from app.workflows.models import Workflow, WorkflowFolder, WorkflowStatus
from app.workflows.queries.workflows import visible_to

ORDERS = {
    order.name: order
    for order in (
        Order("updated", _l("Last updated first"), "updated_at", "updated_at", by_time, descending=True),
        Order("earliest", _l("Last updated last"), "updated_at", "updated_at", by_time),
        Order("name", _l("By name"), "name_key", "name_key", by_name),
        Order("name_down", _l("By name, backwards"), "name_key", "name_key", by_name, descending=True),
        Order("runs", _l("Most runs first"), "started", "started", by_number, descending=True),
        Order("runs_least", _l("Fewest runs first"), "started", "started", by_number),
        Order("successes", _l("Most successes first"), "succeeded", "succeeded", by_number, descending=True),
        Order("successes_least", _l("Fewest successes first"), "succeeded", "succeeded", by_number),
        Order("failures", _l("Most failures first"), "failed", "failed", by_number, descending=True),
        Order("failures_least", _l("Fewest failures first"), "failed", "failed", by_number),
    )
}
WORKFLOWS = FolderKind(
    name="workflow",
    blueprint="workflows",
    model=Workflow,
    folder=WorkflowFolder,
    permission=Permission.WORKFLOWS,
    orders=ORDERS,
    words=FolderWords(
        title=_l("Workflows"),
        everything=_l("All workflows"),
        search=_l("Search workflows"),
        new_hint=_l("A folder keeps workflows together. They can be moved there afterwards."),
        deletion=_l("Its workflows are not deleted: they return to the list, in no folder."),
        deleted=lambda name: _("The folder “%(name)s” was deleted. Its workflows are in no folder now.", name=name),
        moved=lambda number: ngettext("%(num)s workflow was moved.", "%(num)s workflows were moved.", number),
        choose_some=_l("Choose at least one workflow."),
        choose_again=_l("Choose workflows and a folder from the list."),
    ),
    archived=lambda: Workflow.status == WorkflowStatus.ARCHIVED,
    seen_by=lambda actor: [visible_to(actor)],
)
WORKFLOWS.describe(_l("Folders of workflows"))
audit.describe(
    {
        "workflow.moved": _l("moved the workflow %(target)s to the folder %(folder)s"),
        "workflow.moved_out": _l("took the workflow %(target)s out of its folder"),
    }
)
