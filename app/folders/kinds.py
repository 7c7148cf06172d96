"""What is kept in folders: each kind of thing says what it is called and where its pages are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from app.core.errors import NotAllowed
from app.core.i18n import Text, _l
from app.core.pages import Order
from app.folders.models import FiledRow, FolderRow
from app.team import audit
from app.team.actors import Actor
from app.team.permissions import Permission


@dataclass(frozen=True)
class FolderWords:
    """Sentences of a kind. `deleted` receives a folder's name, `moved` how many things were moved."""

    title: Text
    everything: Text
    search: Text
    new_hint: Text
    deletion: Text
    deleted: Callable[[str], Text]
    moved: Callable[[int], Text]
    choose_some: Text
    choose_again: Text


@dataclass(frozen=True)
class FolderKind:
    """One kind of thing that members keep in folders, such as segments.

    `name` is what the audit log, usages and drafts call one; `blueprint` has its pages, of which `index` is the list.
    The first of `orders` is the order of a list that names none. `archived` is the condition of things in the archive.
    `seen_by` narrows things that belong to no account to those that an actor may know.
    """

    name: str
    blueprint: str
    model: type[FiledRow]
    folder: type[FolderRow]
    permission: Permission
    orders: Mapping[str, Order]
    words: FolderWords
    archived: Callable[[], ColumnElement[bool]] | None = None
    seen_by: Callable[[Actor], Sequence[ColumnElement[bool]]] = lambda _actor: ()

    @property
    def has_archive(self) -> bool:
        """Return whether things can be put into an archive."""
        return self.archived is not None

    @property
    def slug(self) -> str:
        """Return the beginning of ids of elements and of the event that makes the list load again."""
        return self.blueprint.replace("_", "-")

    @property
    def usual_order(self) -> Order:
        """Return the order of a list that names none."""
        return next(iter(self.orders.values()))

    def endpoint(self, page: str) -> str:
        """Return the endpoint of one of its pages."""
        return f"{self.blueprint}.{page}"

    def require(self, actor: Actor) -> None:
        """Raise NotAllowed unless the actor may change things of this kind."""
        if not actor.may(self.permission):
            raise NotAllowed

    def describe(self, group: Text) -> None:
        """Give the audit log its sentences about folders of this kind; `group` is their name in the log's filter."""
        sentences = {
            f"{self.name}_folder.created": _l("created the folder %(target)s"),
            f"{self.name}_folder.renamed": _l("renamed the folder %(before)s to %(target)s"),
            f"{self.name}_folder.deleted": _l("deleted the folder %(target)s"),
        }
        audit.describe(sentences, {f"{self.name}_folder": group})
