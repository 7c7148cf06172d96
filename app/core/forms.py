"""Forms: WTForms checks what was typed, operations check the rules; both kinds of refusal end beside their field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text, _l


class Form(FlaskForm):  # type: ignore[misc]
    """A form that hands its input to one operation."""

    form_errors: list[str]

    def carries_out(self, deed: Callable[[], Any]) -> bool:
        """Check the input, do the deed; False when either refuses, with the reasons at their fields.

        What a refused deed had done already is undone, so that the form is shown on what is stored.
        """
        if not self.validate_on_submit():
            return False
        try:
            deed()
        except InvalidInput as refusal:
            db.session.rollback()
            self.refuse(refusal)
            return False
        return True

    def refuse(self, refusal: InvalidInput) -> None:
        """Put each sentence at its field; what belongs to no field of this form stands above it."""
        for name, sentence in refusal.fields.items():
            if name in self:
                self[name].errors = [*self[name].errors, str(sentence)]
            else:
                self.form_errors = [*self.form_errors, str(sentence)]


def choices(pairs: Iterable[tuple[object, Text]]) -> list[SelectChoice]:
    """What a select, radio buttons or check boxes offer, from (value, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


def trimmed(value: str | None) -> str | None:
    """A filter: text without blanks around it."""
    return value.strip() if value else value


def required() -> DataRequired:
    """Something must be typed."""
    return DataRequired(_l("Fill this in."))


def at_most(characters: int) -> Length:
    """No longer than this."""
    return Length(max=characters, message=_l("Use %(max)d characters at most."))
