"""What fields of messages are called beside them, for sentences that stand elsewhere."""

from __future__ import annotations

from app.core.i18n import Text, _, _l
from app.core.identifiers import row_number
from app.messages.content.building import ContentProblem

FIELD_NAMES: dict[str, Text] = {
    "address": _l("Street address"),
    "alt_text": _l("Alternative text"),
    "data": _l("Data"),
    "description": _l("Description"),
    "display_text": _l("Shown as the friend’s message (may be left out)"),
    "end_label": _l("Button at the end (may be left out)"),
    "end_url": _l("Link of the button"),
    "label": _l("Label"),
    "latitude": _l("Latitude"),
    "longitude": _l("Longitude"),
    "name": _l("Name"),
    "price": _l("Price"),
    "source": _l("Source (utm_source)"),
    "text": _l("Text"),
    "title": _l("Title"),
    "url": _l("Link"),
}


def with_place(problem: ContentProblem) -> Text:
    """Return what is wrong with the field that it is said of, and of which message; the words alone for any other."""
    first, *steps = problem.path.split(".")
    name, number = FIELD_NAMES.get(steps[-1]) if steps else None, row_number(steps[0]) if steps else None
    if name is None:
        return problem.message
    if first != "messages" or number is None:
        return _("“%(field)s”: %(problem)s", field=name, problem=problem.message)
    return _("Message %(number)s, “%(field)s”: %(problem)s", number=number + 1, field=name, problem=problem.message)
