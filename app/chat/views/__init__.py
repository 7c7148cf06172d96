"""Pages of the chat."""

from app.chat.views import acting, answering, api, bulk, changes, desk, export, files, friend, helping, own, pages, person  # noqa: F401
from app.chat.views.blueprint import blueprint

BLUEPRINTS = (blueprint, api.blueprint)
