"""The form in which a property of HubSpot is given a field in Tomoru."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wtforms import SelectField, StringField
from wtforms.validators import Optional

from app.core.forms import ChosenField, Form, choices
from app.core.i18n import _l
from app.friends.models import AttributeKind
from app.friends.values import CUSTOM, KIND_LABELS, Field

EXISTING, NEW = "existing", "new"
# The kind of a new attribute for a property of this type.
KIND_OF_TYPE = {
    "number": AttributeKind.NUMBER,
    "date": AttributeKind.DATE,
    "datetime": AttributeKind.DATE,
    "bool": AttributeKind.YES_NO,
}


class MappingForm(Form):
    """With which field of friends a property is synced: one that is there, or a new attribute."""

    way = ChosenField(
        _l("Field in Tomoru"),
        choices=choices([(EXISTING, _l("A field that is there")), (NEW, _l("A new attribute"))]),
        default=EXISTING,
    )
    field = SelectField(_l("Field"), validators=[Optional()])
    label = StringField(_l("Name of the new attribute"), render_kw={"autocomplete": "off"})
    # Not posted where only a field that is there can be chosen; the operation checks it.
    kind = SelectField(_l("Kind"), choices=(), validate_choice=False)

    def offer(self, known: Mapping[str, Field], kinds: Iterable[str], taken: Iterable[str]) -> None:
        """Offer the fields of these kinds that are not synced yet, and the kinds for a new attribute."""
        allowed, used = set(kinds), set(taken)
        fitting = [one for one in known.values() if one.kind in allowed and one.name not in used]
        self.field.choices = choices((one.name, one.label) for one in fitting)
        self.kind.choices = choices((kind, label) for kind, label in KIND_LABELS.items() if kind in allowed)

    @property
    def is_new(self) -> bool:
        """Return whether a new attribute is wanted."""
        return bool(self.way.data == NEW)


def suggested_field(remote_name: str, offered: Iterable[str]) -> str | None:
    """Return the field that a property of HubSpot's usually goes to, if it is offered."""
    usual = {
        "email": "email",
        "phone": "phone",
        "mobilephone": "phone",
        "company": "company",
        "name": "company",
        "firstname": "first_name",
        "lastname": "last_name",
    }
    wanted = usual.get(remote_name, CUSTOM + remote_name)
    return wanted if wanted in set(offered) else None
