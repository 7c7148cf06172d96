"""Questions before a change of a workflow: in a dialog of the list or of the editor, and as pages without script."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import Text
from app.folders.pages.routes import list_changed
from app.workflows.models import Workflow
from app.workflows.queries.kind import WORKFLOWS
from app.workflows.views.editing import editor_url
from app.workflows.words import QUESTIONS


def ask(partial: str, workflow: Workflow, status: int = 200, **context: Any) -> Response:
    """Return a question as the content of its dialog, or as a page."""
    question = partial.removeprefix("workflows/_").removesuffix(".html")
    about = {"workflow": workflow, "inside": partial, "title": QUESTIONS[question], "in_dialog": htmx.is_fragment()}
    return htmx.render("workflows/question.html", partial, status, **about, **context)


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
