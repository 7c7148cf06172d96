"""The settings of steps that hold things of accounts: rows by account, which documents name instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.core.db import db
from app.core.i18n import Text, _l
from app.friends.models import Tag
from app.friends.operations.tags import create_tag
from app.messages.auto.models import AutoMessage
from app.messages.broadcasts.models import Broadcast
from app.messages.rich_menus.models import RichMenu
from app.segments.models import Segment
from app.team.actors import Actor
from app.team.permissions import Permission
from app.workflows.definition.graph import Graph, Node
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.operations.codes import CodeSettings, create_code

# So many rows of a kind are offered for a name.
MOST_CHOICES = 200
# Instead of the name of a segment: all friends.
ALL_FRIENDS: Mapping[str, bool] = {"all": True}


@dataclass(frozen=True, kw_only=True)
class NamedRows:
    """Rows of an account that a setting holds by account, as a list or alone, and documents by name.

    `create` makes one of a name, where that can be done, for members with the permission.
    """

    setting: str
    model: Any
    label: Text
    is_list: bool = True
    create: Callable[[int, str, Actor], Any] | None = None
    permission: Permission = Permission.WORKFLOWS

    def names(self, account_ids: Collection[int], ids: Collection[int]) -> dict[int, str]:
        """Return the names of rows of these accounts by id."""
        model = self.model
        query = select(model.id, model.name).where(model.account_id.in_(account_ids), model.id.in_(ids))
        return {row.id: row.name for row in db.session.execute(query)} if ids else {}

    def known(self, account_id: int, names: Collection[str]) -> dict[str, int]:
        """Return the ids of an account's rows by their name; names that look the same are the same."""
        model, found = self.model, dict[str, int]()
        for name in names:
            same = func.same_look(model.name) == func.same_look(name)
            order = (model.name != name, model.id)
            query = select(model.id).where(model.account_id == account_id, same, *self._is_there()).order_by(*order)
            if (row_id := db.session.scalar(query.limit(1))) is not None:
                found[name] = row_id
        return found

    def choices(self, account_id: int) -> list[tuple[int, str]]:
        """Return rows of an account as choices, by name."""
        model = self.model
        query = select(model.id, model.name).where(model.account_id == account_id, *self._is_there())
        return [
            (row.id, row.name) for row in db.session.execute(query.order_by(model.name, model.id).limit(MOST_CHOICES))
        ]

    def _is_there(self) -> list[Any]:
        columns = ("deleted_at", "archived_at")
        return [getattr(self.model, one).is_(None) for one in columns if hasattr(self.model, one)]


def _new_tag(account_id: int, name: str, actor: Actor) -> Any:
    return create_tag(account_id, name, actor=actor)


def _new_code(account_id: int, name: str, actor: Actor) -> Any:
    return create_code(account_id, CodeSettings(name), actor=actor)


ROWS: dict[str, NamedRows] = {
    one.setting: one
    for one in (
        NamedRows(setting="tags", model=Tag, label=_l("Tag"), create=_new_tag, permission=Permission.TAGS),
        NamedRows(setting="codes", model=QrCode, label=_l("QR Code"), create=_new_code),
        NamedRows(setting="messages", model=AutoMessage, label=_l("Auto Send Message"), is_list=False),
        NamedRows(setting="menus", model=RichMenu, label=_l("Rich menu"), is_list=False),
        NamedRows(setting="segments", model=Segment, label=_l("Segment"), is_list=False),
        NamedRows(setting="broadcasts", model=Broadcast, label=_l("Broadcast")),
    )
}


def register_rows(rows: NamedRows) -> None:
    """Add rows that steps of an upper layer hold; raises ValueError for a setting that is taken."""
    if rows.setting in ROWS:
        raise ValueError(f"{rows.setting} is taken.")
    ROWS[rows.setting] = rows


# The settings that hold another workflow, and its word in documents.
WORKFLOW_SETTINGS = ("workflow", "from_workflow")
# A menu that other menus switch to is held by its alias, of all accounts together.
ALIAS = "alias"


@dataclass(frozen=True, order=True)
class Reference:
    """A thing that a document names: a setting of `ROWS`, "workflow" or "attribute", and a name or key."""

    kind: str
    name: str


def references(graph: Graph) -> list[Reference]:
    """Return what the steps of a document name in their own settings, in the order of the steps."""
    return list(dict.fromkeys(one for node in graph.nodes for one in _of_node(node)))


def _of_node(node: Node) -> Iterator[Reference]:
    for setting in ROWS:
        for name in names_in(node.settings.get(setting)):
            yield Reference(setting, name)
    if isinstance(alias := node.settings.get(ALIAS), str) and alias:
        yield Reference("menus", alias)
    for setting in WORKFLOW_SETTINGS:
        if isinstance(named := node.settings.get(setting), str) and named:
            yield Reference("workflow", named)


def names_of(node: Node) -> list[str]:
    """Return the names of all things of accounts that a step of a document holds."""
    return [one.name for one in _of_node(node)]


def names_in(value: Any) -> list[str]:
    """Return the names that a setting of a document holds."""
    found: Sequence[Any] = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str) and one]


def parts_of(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what may hold conditions: the settings and their branches."""
    return [settings, *objects_in(settings.get("branches"))]


def objects_in(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; of anything else none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


# Keys of custom attributes: as the field of a step or the property of a condition, and in texts.
_FIELD, _IN_TEXT = re.compile(r"attributes\.([\w-]+)"), re.compile(r"(\{\{\s*attributes\.)([\w-]+)")


def attribute_keys(settings: Any) -> Iterator[str]:
    """Return the keys of custom attributes that settings name, at any depth."""
    if isinstance(settings, Mapping):
        for one in settings.values():
            yield from attribute_keys(one)
    elif isinstance(settings, list):
        for one in settings:
            yield from attribute_keys(one)
    elif isinstance(settings, str):
        whole = _FIELD.fullmatch(settings)
        yield from [whole[1]] if whole else (found[2] for found in _IN_TEXT.finditer(settings))


def with_keys(settings: Any, keys: Mapping[str, str]) -> Any:
    """Return settings with other keys of custom attributes in place of those in `keys`."""
    if isinstance(settings, Mapping):
        return {name: with_keys(one, keys) for name, one in settings.items()}
    if isinstance(settings, list):
        return [with_keys(one, keys) for one in settings]
    if not isinstance(settings, str):
        return settings
    if (whole := _FIELD.fullmatch(settings)) is not None:
        return f"attributes.{keys.get(whole[1], whole[1])}"
    return _IN_TEXT.sub(lambda found: f"{found[1]}{keys.get(found[2], found[2])}", settings)
