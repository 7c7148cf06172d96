"""Pages of broadcasts."""

from app.messages.broadcasts.views import calendar, editor, listing, review, rules  # noqa: F401
from app.messages.broadcasts.views.blueprint import blueprint

BLUEPRINTS = (blueprint,)
