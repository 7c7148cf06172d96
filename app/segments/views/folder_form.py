"""Forms about folders of segments."""

from __future__ import annotations

from wtforms import SelectField, SelectMultipleField, StringField

from app.core.forms import Form
from app.core.i18n import _l
from app.friends.names import LONGEST_NAME

_NAME = {"maxlength": LONGEST_NAME, "required": True, "autocomplete": "off"}


class FolderForm(Form):
    """A new folder."""

    name = StringField(_l("Name"), id="new-folder-name", render_kw=_NAME)


class FolderNameForm(Form):
    """Another name for a folder; both forms may stand on one page."""

    name = StringField(_l("Name"), id="folder-name", render_kw=_NAME)


class MoveForm(Form):
    """Which segments go into which folder; 0 is none."""

    segment = SelectMultipleField(_l("Segments"), coerce=int, validate_choice=False)
    into = SelectField(_l("Folder"), coerce=int, validate_choice=False, default=0)
