"""What is offered to begin a workflow with, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.core.i18n import Text
from app.workflows.definition.graph import Graph
from app.workflows.templates.own import OWN_TEMPLATES, OwnTemplate
from app.workflows.templates.parts import Blank
from app.workflows.templates.picture import Picture, picture_of


@dataclass(frozen=True)
class Offer:
    """A template with its picture and what is to be filled in."""

    key: str
    name: Text
    purpose: Text
    blanks: Sequence[Blank]
    graph: Graph

    @cached_property
    def picture(self) -> Picture:
        """Return its graph, drawn small."""
        return picture_of(self.graph)


def offers() -> list[Offer]:
    """Return all templates."""
    return [_of_own(one) for one in OWN_TEMPLATES.values()]


def offer(key: str) -> Offer | None:
    """Return the template of this key; None where there is none."""
    own = OWN_TEMPLATES.get(key)
    return _of_own(own) if own else None


def _of_own(own: OwnTemplate) -> Offer:
    return Offer(own.key, own.name, own.purpose, own.blanks, own.graph)
