"""Pages of workflows: the editor, and the forms of its steps."""

from __future__ import annotations

from app.workflows.views import editor, flow, nodes
from app.workflows.views.blueprint import blueprint

# Imported so that they add their routes.
MODULES = (editor, flow, nodes)
BLUEPRINTS = (blueprint,)
