"""What is offered to begin a workflow with, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.core.i18n import Text, _
from app.team.actors import Actor
from app.workflows.definition.graph import Graph
from app.workflows.templates.document import Document
from app.workflows.templates.models import WorkflowTemplate
from app.workflows.templates.names import ROWS, references
from app.workflows.templates.own import ACCOUNT, OWN_TEMPLATES, OwnTemplate
from app.workflows.templates.parts import Blank
from app.workflows.templates.picture import Picture, picture_of
from app.workflows.templates.queries import team_templates
from app.workflows.templates.reading import stored_document
from app.workflows.templates.resolving import ATTRIBUTE, LABELS


@dataclass(frozen=True)
class Offer:
    """A template with its picture and what is to be filled in."""

    key: str
    name: Text
    purpose: Text
    blanks: Sequence[Blank]
    graph: Graph
    is_own: bool = True

    @cached_property
    def picture(self) -> Picture:
        """Return its graph, drawn small."""
        return picture_of(self.graph)


def offers(actor: Actor) -> list[Offer]:
    """Return all templates, those of the team first."""
    return [*map(of_stored, team_templates(actor)), *map(_of_own, OWN_TEMPLATES.values())]


def own_offer(key: str) -> Offer | None:
    """Return the template of ours with this key; None where there is none."""
    own = OWN_TEMPLATES.get(key)
    return _of_own(own) if own else None


def of_stored(template: WorkflowTemplate) -> Offer:
    """Return a template of the team, or an import, with what its member is asked for."""
    document = stored_document(template.document)
    named = [Blank(None, one) for one in _names(document)]
    left_out = [Blank(one.node, _with_name(one.words, one.name)) for one in document.left_out]
    blanks = [Blank(None, ACCOUNT), *named, *left_out]
    return Offer(str(template.id), template.name, template.description, blanks, document.graph, is_own=False)


def _names(document: Document) -> list[Text]:
    """Return what a document names: tags and other rows, workflows, and attributes."""
    words = {setting: rows.label for setting, rows in ROWS.items()} | LABELS
    found = [_with_name(words[one.kind], one.name) for one in references(document.graph)]
    attributes = [_with_name(words[ATTRIBUTE], one["label"]) for one in document.attributes.values()]
    return [*found, *attributes]


def _with_name(words: Text, name: str) -> Text:
    return _("%(what)s: %(names)s", what=words, names=name) if name else words


def _of_own(own: OwnTemplate) -> Offer:
    return Offer(own.key, own.name, own.purpose, own.blanks, own.graph)
