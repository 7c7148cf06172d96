"""Pages of broadcasts."""

from app.messages.broadcasts.views import control, listing, rules, show  # noqa: F401
from app.messages.broadcasts.views.blueprint import blueprint

BLUEPRINTS = (blueprint,)
