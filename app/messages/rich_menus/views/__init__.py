"""Pages of rich menus."""

from app.messages.rich_menus.views import changes, editor, images, links, lists  # noqa: F401
from app.messages.rich_menus.views.blueprint import blueprint

BLUEPRINTS = (blueprint,)
