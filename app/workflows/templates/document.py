"""A workflow apart from accounts: what templates of the team and files hold. Things of accounts stand by name.

{"format": "tomoru-workflow", "version": 1, "name": "Welcome", "description": "", "entry": {…},
 "attributes": {"birthday": {"label": "Birthday", "kind": "date"}},
 "nodes": [{"id": "n1", "kind": "tag", "settings": {"change": "add", "tags": ["New"]}, "exits": {}}],
 "left_out": [{"node": "n2", "what": "file", "name": "coupon.png"}]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.i18n import Text, _l
from app.workflows.definition.graph import Graph

FORMAT, VERSION = "tomoru-workflow", 1


class LeftWhat(StrEnum):
    """What a document does not carry."""

    FILE = "file"
    WEBHOOK = "webhook"
    HOOK = "hook"
    MEMBERS = "members"
    WORKFLOW = "workflow"
    UNKNOWN = "unknown"


LEFT_WORDS: dict[str, Text] = {
    LeftWhat.FILE: _l("A file of a message"),
    LeftWhat.WEBHOOK: _l("The address, the secret and fixed values of a webhook"),
    LeftWhat.HOOK: _l("The address and the key of an incoming webhook"),
    LeftWhat.MEMBERS: _l("Who gets the e-mail"),
    LeftWhat.WORKFLOW: _l("A workflow that the step names"),
    LeftWhat.UNKNOWN: _l("What is set in a step of an unknown kind"),
}


@dataclass(frozen=True)
class LeftOut:
    """Something of a node that is not in the document; `name` where it has one."""

    node: str
    what: str
    name: str = ""

    @property
    def words(self) -> Text:
        """Return what it is."""
        return LEFT_WORDS.get(self.what, self.what)

    def as_json(self) -> dict[str, str]:
        """Return it as it is stored."""
        return {"node": self.node, "what": self.what, "name": self.name}


@dataclass(frozen=True)
class Document:
    """A workflow apart from accounts. `attributes` has label and kind of the custom attributes that it names, by key.

    Settings of the graph that depend on accounts hold names, see `names.py`.
    """

    name: str
    description: str
    graph: Graph
    attributes: Mapping[str, Mapping[str, str]]
    left_out: Sequence[LeftOut] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the document as it is stored and as it stands in a file."""
        graph = self.graph.as_json()
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            "description": self.description,
            "entry": graph["entry"],
            "attributes": {key: dict(one) for key, one in self.attributes.items()},
            "nodes": graph["nodes"],
            "left_out": [one.as_json() for one in self.left_out],
        }
