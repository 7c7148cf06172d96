"""The form of a named message set."""

from __future__ import annotations

from wtforms import IntegerField, SelectField, StringField

from app.core.i18n import _l
from app.core.identifiers import form_row_number
from app.messages.composer.forms import ComposedForm


class LibraryForm(ComposedForm):
    """What is saved besides the messages; `version` is the one that was opened."""

    name = StringField(_l("Name"), render_kw={"required": True, "autocomplete": "off"})
    folder = SelectField(_l("Folder"), coerce=form_row_number, default=0)
    version = IntegerField(default=0)
