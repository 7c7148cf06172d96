"""Pages of workflows: their list, their life, the editor, the forms of its steps, and the history of their runs."""

from __future__ import annotations

from app.workflows.views import (
    clipboard,
    editor,
    flow,
    friend_workflows,
    late,
    life,
    listing,
    nodes,
    replays,
    run,
    runs,
    simulation,
    starting,
    templates,
    trials,
    versions,
)
from app.workflows.views.blueprint import blueprint

# Imported so that they add their routes.
MODULES = (
    clipboard,
    editor,
    flow,
    late,
    life,
    listing,
    nodes,
    replays,
    run,
    runs,
    simulation,
    starting,
    templates,
    trials,
    versions,
)
BLUEPRINTS = (blueprint, runs.blueprint, friend_workflows.blueprint)
