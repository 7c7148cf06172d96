"""Forms: WTForms checks what was typed, operations check the rules; both kinds of refusal end beside their field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.i18n import Translations
from werkzeug.datastructures import MultiDict
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text, _l

# What WTForms says by itself, under the words by which it looks for a translation.
BUILT_IN: dict[str, Text] = {
    "Not a valid choice.": _l("Choose one from the list."),
    "'%(value)s' is not a valid choice for this field.": _l("Choose only from the list."),
    "Invalid Choice: could not coerce.": _l("Choose one from the list."),
    "Invalid choice(s): one or more data inputs could not be coerced.": _l("Choose only from the list."),
}


class FormTranslations(Translations):  # type: ignore[misc]
    """Built-in sentences in Tomoru's words and languages; those without a translation stay WTForms' own."""

    def gettext(self, string: str) -> str:
        """Return the sentence in the reader's language."""
        return str(BUILT_IN[string] if string in BUILT_IN else super().gettext(string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return a sentence with a number, in the reader's language."""
        return str(BUILT_IN[singular] if singular in BUILT_IN else super().ngettext(singular, plural, n))


class Form(FlaskForm):  # type: ignore[misc]
    """A form that hands its input to one operation."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """The changes to Flask-WTF's settings: what counts as posted, and whose words are used."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> MultiDict[str, Any] | None:
            """Return what was posted as a form, which JSON is not."""
            return None if request.is_json else super().wrap_formdata(form, formdata)

        def get_translations(self, form: FlaskForm) -> FormTranslations:
            """Return the built-in sentences for this form."""
            return FormTranslations()

    form_errors: list[str]

    def submit(self, action: Callable[[], Any]) -> bool:
        """Validate the input and run the action; return False with the reasons at their fields when either refuses.

        What a refused action has changed is rolled back, so that the form shows what is stored.
        """
        if not self.validate_on_submit():
            return False
        try:
            action()
        except InvalidInput as refusal:
            db.session.rollback()
            self.refuse(refusal)
            return False
        return True

    def refuse(self, refusal: InvalidInput) -> None:
        """Show each sentence at its field; those of no field of this form go above it."""
        for name, sentence in refusal.fields.items():
            if name in self:
                self[name].errors = [*self[name].errors, str(sentence)]
            else:
                self.form_errors = [*self.form_errors, str(sentence)]


class ChosenField(RadioField):  # type: ignore[misc]
    """Radio buttons of which one has to be posted: the default is what a new form shows, and stands for no choice."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was chosen; None, which is refused, where nothing was."""
        self.data = None
        super().process_formdata(valuelist)


def choices(pairs: Iterable[tuple[object, Text]]) -> list[SelectChoice]:
    """Return what a select, radio buttons or check boxes offer, from (value, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


def trimmed(value: str | None) -> str | None:
    """Filter a form field: text without blanks around it."""
    return value.strip() if value else value


def required() -> DataRequired:
    """Something must be typed."""
    return DataRequired(_l("Fill this in."))


def at_most(characters: int) -> Length:
    """No longer than this."""
    return Length(max=characters, message=_l("Use %(max)d characters at most."))
