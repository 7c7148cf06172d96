"""Questions before a change of a workflow: in a dialog of the list or of the editor, and as pages without script."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, url_for

from app.core import htmx
from app.core.i18n import Text
from app.folders.pages.routes import list_changed
from app.workflows.models import Workflow
from app.workflows.queries.kind import WORKFLOWS
from app.workflows.views.cards import change_context
from app.workflows.views.editing import editor_url
from app.workflows.words import QUESTIONS


def ask(partial: str, workflow: Workflow, status: int = 200, **context: Any) -> Response:
    """Return a question as the content of its dialog, or as a page."""
    question = partial.removeprefix("workflows/_").removesuffix(".html")
    about = {"workflow": workflow, "inside": partial, "title": QUESTIONS[question], "in_dialog": htmx.is_fragment()}
    return htmx.render("workflows/question.html", partial, status, **about, **context)


def is_editor(workflow_id: int) -> bool:
    """Return whether the page that asks is the editor of this workflow."""
    editor, path = url_for("workflows.show", workflow_id=workflow_id), htmx.current_path().partition("?")[0]
    return htmx.is_fragment() and (path == editor or path.startswith(f"{editor}/steps/"))


def with_editor(response: Response, workflow_id: int) -> Response:
    """Draw the editor again with this answer."""
    beside = render_template("workflows/editor/_beside.html", **change_context(workflow_id, None))
    response.set_data(response.get_data(as_text=True) + beside)
    return response


def answered_in_place(workflow: Workflow, toast: Text, question: str) -> Response:
    """Close the question; the editor that it stands in is drawn again, any other page as `answered` says."""
    if not is_editor(workflow.id):
        return answered(workflow, toast, question)
    htmx.toast(toast)
    return with_editor(htmx.render("workflows/_no_question.html", question=question), workflow.id)


def answered(workflow: Workflow | None, toast: Text, question: str = "") -> Response:
    """Show what has changed: the list is loaded again and the dialog closed, other pages lead to the workflow.

    None: it was deleted, so that they lead to the list.
    """
    index = url_for("workflows.index")
    if htmx.current_path().partition("?")[0] != index:
        return htmx.go(index if workflow is None else editor_url(workflow.id), toast=toast)
    htmx.toast(toast)
    if not question:
        return list_changed(None, WORKFLOWS)
    return htmx.with_trigger(htmx.render("workflows/_no_question.html", question=question), "workflows-changed")
