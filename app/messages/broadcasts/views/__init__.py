"""Pages of broadcasts."""

from app.messages.broadcasts.views import (  # noqa: F401
    api,
    calendar,
    comparison,
    control,
    editor,
    files,
    listing,
    people,
    people_segment,
    results,
    review,
    review_parts,
    rules,
    show,
)
from app.messages.broadcasts.views.blueprint import blueprint

BLUEPRINTS = (blueprint, api.blueprint)
