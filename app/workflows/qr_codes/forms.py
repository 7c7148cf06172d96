"""What members type of QR Codes."""

from __future__ import annotations

from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.forms import Form, choices, trimmed
from app.core.i18n import _, _l
from app.core.identifiers import form_row_number
from app.friends.queries.tags import tags_named_like
from app.team.actors import Actor
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.operations.codes import CodeSettings
from app.workflows.qr_codes.queries import message_choices, tags_of, workflows_for

# So many tags are offered; those that are chosen are always among them.
TAGS = 500


class QrCodeForm(Form):
    """Name, page, message, workflow and tags of a code."""

    name = StringField(_l("Name"), render_kw={"required": True, "autocomplete": "off"})
    page_url = StringField(
        _l("Page after the scan"),
        filters=[trimmed],
        render_kw={"type": "url", "inputmode": "url", "autocomplete": "off"},
    )
    auto_message = SelectField(_l("Message"), coerce=form_row_number, default=0)
    workflow = SelectField(_l("Workflow"), coerce=form_row_number, default=0)
    tags = SelectMultipleField(
        _l("Tags to add"), coerce=form_row_number, widget=ListWidget(), option_widget=CheckboxInput()
    )

    # Whether there is a workflow to choose.
    has_workflows = False

    @classmethod
    def for_account(cls, account_id: int, actor: Actor, code: QrCode | None = None) -> QrCodeForm:
        """Return the form of a new code or of a stored one, with what was posted if something was."""
        chosen = [*tags_of(code.id)] if code else []
        stored = {} if code is None else {"name": code.name, "page_url": code.page_url}
        message_id, workflow_id = (code.auto_message_id, code.workflow_id) if code else (None, None)
        form = cls(data=stored | {"auto_message": message_id or 0, "workflow": workflow_id or 0, "tags": chosen})
        messages = message_choices(account_id, message_id)
        workflows = workflows_for(account_id, actor, workflow_id)
        form.workflow.choices = choices([(0, _("None")), *workflows])
        form.has_workflows = bool(workflows)
        form.auto_message.choices = choices([(0, _("None")), *((one.id, one.name) for one in messages)])
        offered = tags_named_like(account_id, "", keep=chosen, limit=TAGS)
        form.tags.choices = choices((tag.id, tag.name) for tag in offered)
        return form

    @property
    def settings(self) -> CodeSettings:
        """Return what was typed."""
        return CodeSettings(
            self.name.data or "",
            self.page_url.data or "",
            self.auto_message.data or None,
            frozenset(self.tags.data or ()),
            self.workflow.data or None,
        )
