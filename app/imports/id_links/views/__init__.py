"""Pages of ID links, the address that takes files from browsers, and the API."""

from __future__ import annotations

from app.imports.id_links.views import api, page, uploads

BLUEPRINTS = (page.blueprint, uploads.blueprint, api.blueprint)
