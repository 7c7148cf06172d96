"""The list of workflows, and new ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.errors import InvalidInput
from app.core.i18n import _, _l
from app.core.identifiers import posted_number
from app.core.pages import placed
from app.folders.pages.params import FolderListParams, parse_list_params
from app.folders.pages.routes import add_folder_routes, render_list
from app.line.access import account_at_hand, account_names, visible_accounts
from app.team.permissions import Permission, current_actor, me, requires
from app.workflows.definition.graph import Graph
from app.workflows.forms.life import NewWorkflowForm
from app.workflows.models import Workflow, WorkflowStatus
from app.workflows.operations.life import create_workflow
from app.workflows.queries.kind import WORKFLOWS
from app.workflows.queries.listing import lines_of, narrowing, workflows_page
from app.workflows.templates.offered import own_offer
from app.workflows.views.blueprint import blueprint

add_folder_routes(blueprint, WORKFLOWS)


@dataclass(frozen=True)
class WorkflowListParams(FolderListParams):
    """What is listed; also narrowed to a status, and to an account."""

    status: str = ""
    account_id: int = 0

    @property
    def args(self) -> dict[str, Any]:
        """Return query parameters for the first page of this list."""
        status = WorkflowStatus.ARCHIVED if self.scope.is_archived else self.status
        shared = {name: value for name, value in super().args.items() if name != "archived"}
        own = {"status": str(status), "account": self.account_id}
        return shared | {name: value for name, value in own.items() if value}


@blueprint.get("")
@requires(Permission.WORKFLOWS)
def index() -> Response:
    asked = asked_list()
    found = placed(workflows_page(asked.scope, asked.order, asked.place), asked.place)
    return render_list(
        "workflows/index.html",
        "workflows/_list.html",
        asked,
        account=None,
        accounts=visible_accounts(current_actor()),
        any_account=bool(account_names()),
        may_connect=me().may(Permission.SETTINGS) and me().account_ids is None,
        found=found,
        lines=lines_of(found.rows),
        workflow_form=NewWorkflowForm(formdata=None),
        folder_id=asked.folder.id if asked.folder else 0,
    )


@blueprint.get("/new")
@requires(Permission.WORKFLOWS)
def new() -> Response:
    """Ask for a name; the dialog of the list asks the same."""
    return _ask(NewWorkflowForm(), posted_number(request.args.get("folder")))


@blueprint.post("")
@requires(Permission.WORKFLOWS)
def create() -> Response:
    """Make a draft, and open it."""
    form, folder_id, made = NewWorkflowForm(), posted_number(request.form.get("folder")), list[Workflow]()
    if (key := form.template.data or "").isdecimal():
        # What its names are in which accounts is asked on a page of its own.
        typed = {"name": form.name.data or None, "description": form.description.data or None}
        return htmx.go(url_for("workflows.template", key=key, folder=folder_id or None, **typed))

    def make() -> None:
        given = form.name.data or "", form.description.data or ""
        graph = _for_account(_own_template(key))
        made.append(create_workflow(*given, folder_id=folder_id or None, graph=graph, actor=current_actor()))

    if not form.submit(make):
        return _ask(form, folder_id, 422)
    return htmx.go(url_for("workflows.show", workflow_id=made[0].id), toast=_("The workflow was created."))


def _own_template(key: str) -> Graph:
    """Return what the chosen template begins with; raises InvalidInput(template)."""
    if not key:
        return Graph()
    if (chosen := own_offer(key)) is None:
        raise InvalidInput(template=_l("This template is not there any more. Choose another one."))
    return chosen.graph


def _for_account(graph: Graph) -> Graph:
    """Choose the account for which the workflow answers: the only one, or the one at hand where there are steps.

    What is to be filled in depends on it, and is shown as soon as the editor opens.
    """
    accounts = visible_accounts(current_actor())
    account = account_at_hand(accounts) if graph.nodes or len(accounts) == 1 else None
    return replace(graph, account_ids=(account.id,)) if account else graph


def asked_list() -> WorkflowListParams:
    """Read from the address what is listed."""
    given, asked = request.args, parse_list_params(None, WORKFLOWS)
    status = next((one.value for one in WorkflowStatus if one == given.get("status")), "")
    is_archived = status == WorkflowStatus.ARCHIVED or asked.scope.is_archived
    account_id = posted_number(given.get("account"))
    scope = replace(asked.scope, is_archived=is_archived, narrowed=narrowing(status, account_id))
    return WorkflowListParams(WORKFLOWS, scope, asked.order, asked.folder, asked.place, status, account_id)


def _ask(form: NewWorkflowForm, folder_id: int, status: int = 200) -> Response:
    context = {"workflow_form": form, "folder_id": folder_id}
    return htmx.render("workflows/new.html", "workflows/_create_form.html", status, **context)
