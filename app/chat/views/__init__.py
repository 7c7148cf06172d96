"""Pages of the chat."""

from app.chat.views import acting, answering, bulk, changes, desk, files, helping, own, pages, person  # noqa: F401
from app.chat.views.blueprint import blueprint

BLUEPRINTS = (blueprint,)
