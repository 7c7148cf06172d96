"""What members type of a workflow as a whole."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import RadioField, StringField, TextAreaField

from app.core.forms import Form, choices
from app.core.i18n import _l

_NAME = {"required": True, "autocomplete": "off"}
_NAME_LABEL, _DESCRIPTION_LABEL = _l("Name"), _l("Description (optional)")


class NewWorkflowForm(Form):
    """Name and description of a new one, and the key of the template that it begins with."""

    name = StringField(_NAME_LABEL, id="new-workflow-name", render_kw=_NAME)
    description = TextAreaField(_DESCRIPTION_LABEL, id="new-workflow-description", render_kw={"rows": 2})
    template = StringField(_l("Template"), id="new-workflow-template", default="")


class WorkflowForm(Form):
    """Another name or description; both forms may stand on one page."""

    name = StringField(_NAME_LABEL, id="workflow-name", render_kw=_NAME)
    description = TextAreaField(_DESCRIPTION_LABEL, id="workflow-description", render_kw={"rows": 3})


class TemplateForm(Form):
    """Name and description of a template of the team."""

    name = StringField(_NAME_LABEL, id="template-name", render_kw=_NAME)
    description = TextAreaField(_DESCRIPTION_LABEL, id="template-description", render_kw={"rows": 3})


class UseTemplateForm(Form):
    """What becomes of a template in which accounts; its names are read beside it."""

    name = StringField(_NAME_LABEL, id="use-name", render_kw=_NAME)
    description = TextAreaField(_DESCRIPTION_LABEL, id="use-description", render_kw={"rows": 2})
    accounts = StringField(_l("Accounts"), id="use-accounts")


class ImportForm(Form):
    """A file that holds a workflow."""

    file = FileField(_l("File"), id="import-file", render_kw={"accept": ".json,application/json"})


# As `operations.life.start` takes them.
HELD = {
    "go_on": _l("They go on where they stand. What was due in the meantime follows now."),
    "cancel": _l("They are cancelled."),
}


class StartForm(Form):
    """What becomes of runs that stand still since the pause."""

    held = RadioField(
        _l("Runs that stand still since the pause"),
        choices=choices(HELD.items()),
        validate_choice=False,
    )
