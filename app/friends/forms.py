"""Forms about friends, their tags and their attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.validators import AnyOf

from app.core.forms import Form, choices
from app.core.i18n import _l
from app.core.identifiers import form_row_number
from app.friends.models import AttributeKind, Friend
from app.friends.operations.bulk import ADD, REMOVE
from app.friends.values import KIND_LABELS, Field, as_typed, value_of

SEEN = "seen:"


class TagForm(Form):
    """The name of a tag."""

    name = StringField(_l("Name"), render_kw={"required": True, "autocomplete": "off"})


class DefinitionForm(Form):
    """A new custom attribute."""

    label = StringField(_l("Name"), render_kw={"required": True, "autocomplete": "off"})
    kind = SelectField(_l("Kind"), choices=choices(KIND_LABELS.items()), default=AttributeKind.TEXT.value)


class DefinitionNameForm(Form):
    """Another name for a custom attribute; its kind is fixed, since its values are of that kind."""

    label = StringField(_l("Name"), render_kw={"required": True, "autocomplete": "off"})


class BulkTagsForm(Form):
    """Which tags to add to, or remove from, the friends chosen in the list; `whole` means all that fit its filter."""

    action = HiddenField(validators=[AnyOf([ADD, REMOVE])])
    new_tag = StringField(_l("New tag"), render_kw={"autocomplete": "off"})
    chosen = SelectMultipleField(_l("Tags"), coerce=form_row_number, validate_choice=False)
    friend = SelectMultipleField(coerce=form_row_number, validate_choice=False)
    whole = HiddenField()


def attributes_form(fields: Mapping[str, Field], friend: Friend) -> Form:
    """Return the form with the editable values of a friend."""
    controls = {name: _control(field) for name, field in fields.items()}
    form: Form = type("AttributesForm", (Form,), controls)(data=values_seen(fields, friend))
    return form


def values_seen(fields: Mapping[str, Field], friend: Friend) -> dict[str, str]:
    """Return the values that the form is opened with; they are posted along, so that only edits are saved."""
    return {name: as_typed(value_of(friend, name)) for name in fields}


def show_others_changes(form: Form, typed: Mapping[str, str], seen: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Set fields that were not edited to what other members have stored, in a form that is shown again."""
    for name, value in now.items():
        if typed.get(name, "") == seen.get(name, ""):
            form[name].data = value


def _control(field: Field) -> Any:
    if field.kind == AttributeKind.YES_NO:
        pairs = [("", "–"), ("yes", _l("Yes")), ("no", _l("No"))]
        return SelectField(field.label, choices=choices(pairs), validate_choice=False)
    kinds = {"email": "email", "tel": "tel", AttributeKind.DATE: "date"}
    extra = {"inputmode": "decimal"} if field.kind == AttributeKind.NUMBER else {}
    return StringField(field.label, render_kw={"type": kinds.get(field.kind, "text"), "autocomplete": "off", **extra})
