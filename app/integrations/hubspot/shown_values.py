"""Values of mapped properties as people read them."""

from __future__ import annotations

from app.core.i18n import _, day, when
from app.core.values.dates import stored_date
from app.integrations.hubspot.values import CHOICE, DATE, MOMENT, YES_NO, told_moment
from app.integrations.shared.models import FieldMapping


def remote_in_words(mapping: FieldMapping, value: str | None) -> str:
    """Return a value as HubSpot writes it in the reader's language, choices by their labels; "" for none."""
    if not value:
        return ""
    if mapping.remote_type == YES_NO:
        return {"true": _("Yes"), "false": _("No")}.get(value, value)
    if mapping.remote_type == CHOICE:
        labels = {str(one): str(label) for one, label in mapping.options}
        return "; ".join(labels.get(one, one) for one in value.split(";"))
    if mapping.remote_type == MOMENT and (moment := told_moment(value)) is not None:
        return when(moment, "minute")
    date = stored_date(value) if mapping.remote_type == DATE else None
    return day(date) if date else value
