"""Templates: their list, the preview of each, and workflows that are made of them; workflows as files."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, request, url_for

from app.core import htmx
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import Text, _, _l
from app.core.identifiers import posted_number, row_number
from app.line.access import account_at_hand, get_accounts, visible_accounts
from app.line.models import Account
from app.team.permissions import Permission, current_actor, requires
from app.workflows.definition.kinds import kind_of
from app.workflows.definition.summaries import summaries
from app.workflows.forms.life import ImportForm, NewWorkflowForm, TemplateForm, UseTemplateForm
from app.workflows.models import Workflow
from app.workflows.queries.workflows import get_workflow
from app.workflows.templates import operations
from app.workflows.templates.models import WorkflowTemplate
from app.workflows.templates.names import Reference, names_of
from app.workflows.templates.offered import Offer, of_stored, own_offer
from app.workflows.templates.picture import steps_of
from app.workflows.templates.queries import get_template
from app.workflows.templates.reading import MOST_BYTES, UnreadableFile, stored_document
from app.workflows.templates.resolving import Question, questions
from app.workflows.views.blueprint import blueprint
from app.workflows.views.questions import answered, ask

NO_FILE = _l("Choose a file that was exported from Tomoru.")
_ANSWER = re.compile(r"name-(\d+)-([a-z]+)-(.+)", re.DOTALL)


@blueprint.get("/templates")
@requires(Permission.WORKFLOWS)
def templates() -> Response:
    """List the templates of the team and those of ours."""
    return htmx.render("workflows/templates/index.html")


@blueprint.get("/templates/<key>")
@requires(Permission.WORKFLOWS)
def template(key: str) -> Response:
    """Show a template with what is to be filled in, and ask what is to be made of it."""
    if (own := own_offer(key)) is not None:
        return _preview(own, workflow_form=NewWorkflowForm(formdata=None))
    stored = _stored(key)
    typed = {name: request.args.get(name) or getattr(stored, name) for name in ("name", "description")}
    form = UseTemplateForm(formdata=None, data=typed)
    account = account_at_hand(visible_accounts(current_actor()))
    return _use(stored, form, [account] if account else [], posted_number(request.args.get("folder")))


@blueprint.post("/templates/<int:template_id>/workflow")
@requires(Permission.WORKFLOWS)
def use_template(template_id: int) -> Response:
    """Make a workflow of a template or an import; with `look`, only ask again for other accounts."""
    stored, form, made = get_template(template_id, current_actor()), UseTemplateForm(), list[Workflow]()
    chosen = [number for one in request.form.getlist("accounts") if (number := row_number(one))]
    accounts, folder_id = get_accounts(chosen) if chosen else [], posted_number(request.form.get("folder"))
    if request.form.get("do") == "look":
        return _use(stored, form, accounts, folder_id)

    def make() -> None:
        given = form.name.data or "", form.description.data or ""
        answers = _answers()
        workflow = operations.use_template(
            template_id, *given, chosen, answers, folder_id=folder_id or None, actor=current_actor()
        )
        made.append(workflow)

    if not form.submit(make):
        return _use(get_template(template_id, current_actor()), form, accounts, folder_id, 422)
    return htmx.go(url_for("workflows.show", workflow_id=made[0].id), toast=_("The workflow was created."))


@blueprint.get("/templates/<int:template_id>/edit")
@requires(Permission.WORKFLOWS)
def edit_template(template_id: int) -> Response:
    """Ask for another name or description."""
    stored = get_template(template_id, current_actor())
    return _edit(stored, TemplateForm(obj=stored))


@blueprint.post("/templates/<int:template_id>/edit")
@requires(Permission.WORKFLOWS)
def rename_template(template_id: int) -> Response:
    form = TemplateForm()
    given = form.name.data or "", form.description.data or ""
    if not form.submit(lambda: operations.rename_template(template_id, *given, actor=current_actor())):
        return _edit(get_template(template_id, current_actor()), form, 422)
    return htmx.go(url_for("workflows.template", key=template_id), toast=_("Saved."))


@blueprint.post("/templates/<int:template_id>/removal")
@requires(Permission.WORKFLOWS)
def remove_template(template_id: int) -> Response:
    name = operations.delete_template(template_id, actor=current_actor())
    return htmx.go(url_for("workflows.templates"), toast=_("The template “%(name)s” was deleted.", name=name))


@blueprint.get("/<int:workflow_id>/template")
@requires(Permission.WORKFLOWS)
def ask_template(workflow_id: int) -> Response:
    """Ask under which name a workflow is kept as a template."""
    workflow = get_workflow(workflow_id, current_actor())
    return ask("workflows/_template.html", workflow, form=TemplateForm(formdata=None, obj=workflow))


@blueprint.post("/<int:workflow_id>/template")
@requires(Permission.WORKFLOWS)
def save_as_template(workflow_id: int) -> Response:
    """Keep it, for the whole team."""
    form, actor = TemplateForm(), current_actor()
    given = form.name.data or "", form.description.data or ""

    def keep() -> None:
        try:
            operations.save_as_template(workflow_id, *given, actor=actor)
        except Conflict as error:
            raise InvalidInput({"": error.message}) from error

    if not form.submit(keep):
        return ask("workflows/_template.html", get_workflow(workflow_id, actor), 422, form=form)
    words = _("The template “%(name)s” was saved. The team finds it in Create Workflow.", name=given[0].strip())
    return answered(get_workflow(workflow_id, actor), words, "template")


@blueprint.get("/<int:workflow_id>/export")
@requires(Permission.WORKFLOWS)
def export(workflow_id: int) -> Response:
    """Return a workflow as a file."""
    document = operations.export_workflow(workflow_id, actor=current_actor())
    written = json.dumps(document.as_json(), ensure_ascii=False, indent=2)
    answer = Response(f"{written}\n", mimetype="application/json")
    safe = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", document.name)
    named = f"filename*=UTF-8''{quote(safe)}.workflow.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="workflow.json"; {named}'
    return answer


@blueprint.get("/import")
@requires(Permission.WORKFLOWS)
def importing() -> Response:
    """Ask for a file."""
    return _import(ImportForm(formdata=None))


@blueprint.post("/import")
@requires(Permission.WORKFLOWS)
def take_in() -> Response:
    """Read a file, and go on to what its names are here."""
    form, sent = ImportForm(), request.files.get("file")
    content = sent.stream.read(MOST_BYTES + 1) if sent else b""
    if not content:
        form.refuse(InvalidInput(file=NO_FILE))
        return _import(form, status=422)
    try:
        taken = operations.import_file(content, actor=current_actor())
    except UnreadableFile as error:
        return _import(form, error, 422)
    return htmx.go(url_for("workflows.template", key=taken.id))


def _stored(key: str) -> WorkflowTemplate:
    number = row_number(key)
    if number is None:
        raise NotFound
    return get_template(number, current_actor())


def _answers() -> dict[tuple[Reference, int], str]:
    """Return what was chosen for names, from fields such as "name-3-tags-VIP"; 0 instead of an account is for all."""
    found = {}
    for field, value in request.form.items():
        if (parts := _ANSWER.fullmatch(field)) is not None:
            found[Reference(parts[2], parts[3]), row_number(parts[1]) or 0] = value
    return found


def field_of(question: Question) -> str:
    """Return the name of the field that answers a question."""
    account_id = question.account.id if question.account else 0
    return f"name-{account_id}-{question.reference.kind}-{question.reference.name}"


def _use(
    stored: WorkflowTemplate, form: UseTemplateForm, accounts: Sequence[Account], folder_id: int, status: int = 200
) -> Response:
    actor = current_actor()
    document = stored_document(stored.document)
    return _preview(
        of_stored(stored),
        status,
        stored=stored,
        use_form=form,
        accounts=visible_accounts(actor),
        chosen={one.id for one in accounts},
        folder_id=folder_id,
        questions=questions(document, accounts, _answers(), actor),
        field_of=field_of,
    )


def _preview(offer: Offer, status: int = 200, **context: Any) -> Response:
    nodes = steps_of(offer.graph)
    said: dict[str, Text] = {**summaries(nodes, ())}
    about = {"offer": offer, "steps": nodes, "said": said, "kind_of": kind_of, "names_of": names_of, "stored": None}
    return htmx.render("workflows/templates/show.html", "workflows/templates/_use.html", status, **{**about, **context})


def _edit(stored: WorkflowTemplate, form: TemplateForm, status: int = 200) -> Response:
    return htmx.render("workflows/templates/edit.html", None, status, stored=stored, form=form)


def _import(form: ImportForm, unreadable: UnreadableFile | None = None, status: int = 200) -> Response:
    faults = unreadable.faults if unreadable else []
    return htmx.render("workflows/templates/import.html", None, status, form=form, faults=faults)
