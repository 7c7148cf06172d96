"""The form that says how files are kept."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import ValidationError

from app.core.forms import Form
from app.core.i18n import _, _l
from app.core.values.numbers import typed_whole_number
from app.messages.conversations.contents.fetching import LARGEST_FILE
from app.messages.conversations.models import ChatSettings

NUMBER = {"inputmode": "numeric", "autocomplete": "off"}
MOST_MONTHS, MOST_MEGABYTES = 120, 1_000


class KeptFilesForm(Form):
    """An empty number of months keeps files for ever."""

    keep_months = StringField(_l("Delete files after (months)"), render_kw=NUMBER)
    largest_file = StringField(_l("Largest file that is fetched (MB)"), render_kw=NUMBER)

    @classmethod
    def of(cls, stored: ChatSettings | None) -> KeptFilesForm:
        """Return a form with what is stored."""
        months, largest = (stored.keep_months, stored.largest_file) if stored else (None, LARGEST_FILE)
        return cls(formdata=None, data={"keep_months": str(months or ""), "largest_file": str(largest)})

    def validate_keep_months(self, field: StringField) -> None:
        if self._text(field) and self._number(field, MOST_MONTHS) is None:
            message = _("Enter a whole number from 1 to %(most)s, or leave it empty.", most=MOST_MONTHS)
            raise ValidationError(message)

    def validate_largest_file(self, field: StringField) -> None:
        if self._number(field, MOST_MEGABYTES) is None:
            raise ValidationError(_("Enter a whole number from 1 to %(most)s.", most=MOST_MEGABYTES))

    @property
    def months(self) -> int | None:
        """Return for how many months files are kept; None for ever."""
        return self._number(self.keep_months, MOST_MONTHS)

    @property
    def megabytes(self) -> int:
        """Return how large a file may be."""
        return self._number(self.largest_file, MOST_MEGABYTES) or LARGEST_FILE

    @staticmethod
    def _text(field: StringField) -> str:
        return (field.data or "").strip()

    def _number(self, field: StringField, most: int) -> int | None:
        found = typed_whole_number(self._text(field)) if self._text(field) else None
        return found if found is not None and 0 < found <= most else None
