"""Pages of workflows: their list, their life, the editor, and the forms of its steps."""

from __future__ import annotations

from app.workflows.views import editor, flow, life, listing, nodes, starting
from app.workflows.views.blueprint import blueprint

# Imported so that they add their routes.
MODULES = (editor, flow, life, listing, nodes, starting)
BLUEPRINTS = (blueprint,)
