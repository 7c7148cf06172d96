"""Forms of Auto Send Messages and their folders."""

from __future__ import annotations

from wtforms import IntegerField, SelectField, SelectMultipleField, StringField

from app.core.forms import Form
from app.core.i18n import _l
from app.core.identifiers import form_row_number
from app.messages.composer.forms import ComposedForm

_NAME = {"required": True, "autocomplete": "off"}


class AutoMessageForm(ComposedForm):
    """What is saved besides the messages; `version` is the one that was opened."""

    name = StringField(_l("Name"), render_kw=_NAME)
    folder = SelectField(_l("Folder"), coerce=form_row_number, default=0)
    version = IntegerField(default=0)


class AutoMessageFolderForm(Form):
    """A new folder."""

    name = StringField(_l("Name"), id="new-folder-name", render_kw=_NAME)


class AutoMessageFolderNameForm(Form):
    """Another name for a folder; both forms may stand on one page."""

    name = StringField(_l("Name"), id="folder-name", render_kw=_NAME)


class AutoMessageMoveForm(Form):
    """Which Auto Send Messages go into which folder; 0 is none."""

    auto_message = SelectMultipleField(_l("Auto Send Message"), coerce=form_row_number, validate_choice=False)
    into = SelectField(_l("Folder"), coerce=form_row_number, validate_choice=False, default=0)
