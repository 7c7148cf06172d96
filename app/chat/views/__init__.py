"""Pages of the chat."""

from app.chat.views import acting, answering, changes, desk, files, helping, pages, person  # noqa: F401
from app.chat.views.blueprint import blueprint

BLUEPRINTS = (blueprint,)
