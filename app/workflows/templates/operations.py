"""Keep workflows as templates of the team, take files in, and make workflows of both."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import _l
from app.core.names import clean_name
from app.line.models import Account
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.definition.descriptions import clean_description
from app.workflows.models import Workflow
from app.workflows.operations.life import create_from_template
from app.workflows.queries.drafts import draft_of, working_graph
from app.workflows.queries.workflows import accounts_of, get_workflow
from app.workflows.templates.document import Document
from app.workflows.templates.models import WorkflowTemplate
from app.workflows.templates.queries import get_template, team_templates
from app.workflows.templates.reading import read_file, stored_document
from app.workflows.templates.resolving import Answers, questions, resolved
from app.workflows.templates.writing import written

audit.describe(
    {
        "workflow_template.created": _l("kept the workflow %(source)s as the template %(target)s"),
        "workflow_template.renamed": _l("renamed the template %(before)s to %(target)s"),
        "workflow_template.deleted": _l("deleted the template %(target)s"),
        "workflow.exported": _l("exported the workflow %(target)s"),
        "workflow.imported": _l("imported a file of the workflow %(target)s"),
    },
    {"workflow_template": _l("Template of workflows")},
)
MOST_TEMPLATES = 100
IMPORT_KEPT = timedelta(days=1)


@operation(Permission.WORKFLOWS)
def export_workflow(workflow_id: int, *, actor: Actor) -> Document:
    """Return a workflow as members edit it, as a document. Raises NotFound."""
    workflow = get_workflow(workflow_id, actor)
    document = written(workflow, working_graph(workflow, draft_of(workflow.id)), actor)
    audit.record(actor, "workflow.exported", target=workflow)
    return document


@operation(Permission.WORKFLOWS)
def save_as_template(workflow_id: int, name: str, description: str, *, actor: Actor) -> WorkflowTemplate:
    """Keep a workflow as a template of the team. Raises NotFound, InvalidInput(name, description), Conflict."""
    workflow = get_workflow(workflow_id, actor)
    if len(team_templates(actor)) >= MOST_TEMPLATES:
        raise Conflict(_l("There are %(most)s templates already. Delete one that is not needed.", most=MOST_TEMPLATES))
    document = written(workflow, working_graph(workflow, draft_of(workflow.id)), actor)
    template = WorkflowTemplate(
        name=clean_name(name),
        description=clean_description(description),
        document=document.as_json(),
        account_ids=accounts_of([workflow.id])[workflow.id],
        member_id=actor.member_id,
    )
    db.session.add(template)
    db.session.flush()
    audit.record(actor, "workflow_template.created", target=template, source=workflow.name)
    return template


@operation(Permission.WORKFLOWS)
def rename_template(template_id: int, name: str, description: str, *, actor: Actor) -> WorkflowTemplate:
    """Change name and description. Raises NotFound, InvalidInput(name, description)."""
    template = _of_team(template_id, actor)
    before, template.name = template.name, clean_name(name)
    template.description = clean_description(description)
    db.session.flush()
    if template.name != before:
        audit.record(actor, "workflow_template.renamed", target=template, before=before)
    return template


@operation(Permission.WORKFLOWS)
def delete_template(template_id: int, *, actor: Actor) -> str:
    """Delete a template; workflows that were made of it stay. Returns its name. Raises NotFound."""
    template = _of_team(template_id, actor)
    audit.record(actor, "workflow_template.deleted", target=template)
    db.session.delete(template)
    db.session.flush()
    return template.name


@operation(Permission.WORKFLOWS)
def import_file(content: bytes, *, actor: Actor) -> WorkflowTemplate:
    """Keep the workflow of a file for its member until they have decided what its names are. Raises UnreadableFile."""
    document = read_file(content)
    is_old = WorkflowTemplate.is_import & (WorkflowTemplate.created_at < now() - IMPORT_KEPT)
    db.session.execute(delete(WorkflowTemplate).where(is_old))
    taken = WorkflowTemplate(
        name=document.name,
        description=document.description,
        document=document.as_json(),
        member_id=actor.member_id,
        is_import=True,
    )
    db.session.add(taken)
    db.session.flush()
    return taken


@operation(Permission.WORKFLOWS)
def use_template(
    template_id: int,
    name: str,
    description: str,
    account_ids: Collection[int],
    answers: Answers,
    *,
    folder_id: int | None = None,
    actor: Actor,
) -> Workflow:
    """Make a workflow of a template or an import; `answers` say what its names are in the accounts.

    Raises NotFound, also for an account that is not the actor's, and InvalidInput(name, description, accounts).
    """
    template = get_template(template_id, actor)
    if any(not actor.may_see_account(one) for one in account_ids):
        raise NotFound
    if not account_ids:
        raise InvalidInput(accounts=_l("Choose at least one account."))
    document = stored_document(template.document)
    accounts = [db.session.get_one(Account, one) for one in sorted(account_ids)]
    graph = resolved(document, accounts, questions(document, accounts, answers, actor), actor)
    workflow = create_from_template(name, description, graph, folder_id=folder_id, actor=actor)
    if template.is_import:
        audit.record(actor, "workflow.imported", target=workflow)
        db.session.delete(template)
        db.session.flush()
    return workflow


def _of_team(template_id: int, actor: Actor) -> WorkflowTemplate:
    template = get_template(template_id, actor)
    if template.is_import:
        raise NotFound
    return template
