"""The form of a segment: its name and folder."""

from __future__ import annotations

from wtforms import HiddenField, IntegerField, SelectField, StringField

from app.core.forms import Form
from app.core.i18n import _l
from app.core.identifiers import form_row_number

_NAME = {"required": True, "autocomplete": "off"}


class SegmentForm(Form):
    """What is saved besides the conditions; `version` is the one that was opened."""

    name = StringField(_l("Name"), render_kw=_NAME)
    folder = SelectField(_l("Folder"), coerce=form_row_number, default=0)
    # The folder that the segment was in when the form was opened.
    filed = IntegerField(default=0)
    version = IntegerField(default=0)
    # Names this open editor, so that an edit can end the counting that an earlier one began.
    draft = HiddenField()


class SegmentFolderForm(Form):
    """Which folder a segment goes into; 0 is none."""

    folder = SelectField(_l("Folder"), coerce=form_row_number, validate_choice=False, default=0)
