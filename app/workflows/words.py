"""What states of workflows are called on pages."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import Text, _l
from app.workflows.models import WorkflowStatus

STATUSES: Mapping[str, Text] = {
    WorkflowStatus.DRAFT: _l("Draft"),
    WorkflowStatus.ACTIVE: _l("Active"),
    WorkflowStatus.INACTIVE: _l("Inactive"),
    WorkflowStatus.ARCHIVED: _l("Archived"),
}
# As `components/badge.html` takes them.
STATUS_COLOURS: Mapping[str, str] = {
    WorkflowStatus.DRAFT: "blue",
    WorkflowStatus.ACTIVE: "green",
    WorkflowStatus.INACTIVE: "yellow",
    WorkflowStatus.ARCHIVED: "secondary",
}
# Titles of questions, by the name of their template; each has a dialog in `workflows/_dialogs.html`.
QUESTIONS: Mapping[str, Text] = {
    "start": _l("Start the workflow"),
    "pause": _l("Pause the workflow"),
    "rename": _l("Name and description"),
    "template": _l("Save as a template"),
    "archive": _l("Archive the workflow"),
    "removal": _l("Delete the workflow"),
}
