"""Pages of broadcasts."""

from app.messages.broadcasts.views import api, calendar, control, editor, listing, results, review, rules, show  # noqa: F401
from app.messages.broadcasts.views.blueprint import blueprint

BLUEPRINTS = (blueprint, api.blueprint)
