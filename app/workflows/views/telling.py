"""Say what a change of the flow has done beside what was asked for."""

from __future__ import annotations

from app.core import htmx
from app.core.i18n import ngettext
from app.workflows.definition.graph import Graph
from app.workflows.definition.removing import newly_apart


def tell_apart(before: Graph, after: Graph) -> None:
    """Say on the page how many steps are not connected any more."""
    if number := len(newly_apart(before, after)):
        words = ngettext(
            "%(num)s step is not connected any more and does not run. Undo takes the change back.",
            "%(num)s steps are not connected any more and do not run. Undo takes the change back.",
            number,
        )
        htmx.toast(words, "info")
