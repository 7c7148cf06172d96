"""Forms of folders."""

from __future__ import annotations

from wtforms import SelectField, SelectMultipleField, StringField

from app.core.forms import Form
from app.core.i18n import _l
from app.core.identifiers import form_row_number

_NAME = {"required": True, "autocomplete": "off"}


class FolderForm(Form):
    """A new folder."""

    name = StringField(_l("Name"), id="new-folder-name", render_kw=_NAME)


class FolderNameForm(Form):
    """Another name for a folder; both forms may stand on one page."""

    name = StringField(_l("Name"), id="folder-name", render_kw=_NAME)


class MoveForm(Form):
    """Which things go into which folder; 0 is none."""

    chosen = SelectMultipleField(coerce=form_row_number, validate_choice=False)
    into = SelectField(_l("Folder"), coerce=form_row_number, validate_choice=False, default=0)
