"""Forms of the nodes: what a member fills in for a kind, and how it becomes the settings that the kind reads.

A form keeps what was typed, also what cannot be used: the kind's `check` says what is wrong, and at which field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import LazyString
from werkzeug.datastructures import MultiDict

from app.core.i18n import Text
from app.core.registry import Registry
from app.line.models import Account
from app.workflows.definition.graph import Graph, Node
from app.workflows.models import Workflow

Posted = MultiDict[str, str]


@dataclass(frozen=True, kw_only=True)
class NodeEditing:
    """A node whose form is shown or was posted. `accounts` are those of the Start node, `posted` what was typed."""

    workflow: Workflow
    graph: Graph
    node: Node
    accounts: Sequence[Account]
    posted: Posted = field(default_factory=MultiDict)
    # Where the form is sent, and whether it says what is wrong.
    url: str = ""
    is_checked: bool = False

    @property
    def account_ids(self) -> list[int]:
        """Return the ids of the accounts."""
        return [one.id for one in self.accounts]


def _nothing(_editing: NodeEditing) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class NodeForm:
    """The form of a kind.

    `template` draws the fields alone. It gets `node`, `settings`, `accounts`, `errors` (sentences by field) and what
    `context` returns. `read` makes settings of what was posted. `blank` are the settings of a new node. `proof` asks
    another service about the settings when the member is done, and returns what it says against them.
    `is_composed`: the composer draws the messages by itself, and its draft is settled when the member is done.
    """

    kind: str
    template: str
    read: Callable[[Posted, NodeEditing], dict[str, Any]]
    context: Callable[[NodeEditing], Mapping[str, Any]] = _nothing
    blank: Mapping[str, Any] = field(default_factory=dict)
    proof: Callable[[NodeEditing], Text | None] = lambda _editing: None
    is_composed: bool = False


FORMS: Registry[NodeForm] = Registry("form of a node")


def register(form: NodeForm) -> NodeForm:
    """Offer the form for its kind."""
    return FORMS.add(form.kind, form)


def blank_settings(kind: str) -> dict[str, Any]:
    """Return the settings of a new node; names that stand in them are written in the reader's language."""
    form = FORMS.get(kind)
    return {name: str(one) if isinstance(one, LazyString) else one for name, one in form.blank.items()} if form else {}
