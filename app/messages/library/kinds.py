"""What a list of named message sets is called, what its sets may hold, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement

from app.core.i18n import Text, _, _l, ngettext
from app.core.pages import Order, by_name, by_time
from app.folders.kinds import FolderKind, FolderWords
from app.messages.library.models import LibraryMessage
from app.team import audit

ORDERS = {
    order.name: order
    for order in (
        Order("updated", _l("Last changed first"), "updated_at", "updated_at", by_time, descending=True),
        Order("earliest", _l("Last changed last"), "updated_at", "updated_at", by_time),
        Order("name", _l("By name"), "name_key", "name_key", by_name),
        Order("name_down", _l("By name, backwards"), "name_key", "name_key", by_name, descending=True),
    )
}


@dataclass(frozen=True)
class LibraryWords:
    """Sentences of one library. `thing` and `things` are names of a product's part, as in "Rich Message".

    `nothing` is said of an empty list, `saved` once a change is stored, `deletion_note` with the question before a
    deletion, `archived` after archiving, `editing` above the editor.
    """

    thing: Text
    things: Text
    name_hint: Text
    nothing: Text
    used: Text
    saved: Text
    deletion_note: Text
    archived: Text
    editing: Text = ""


@dataclass(frozen=True, kw_only=True)
class MessageLibrary(FolderKind):
    """A list of named message sets of an account.

    `only`: each set is one message of this kind, None: up to five of any. `places` says whether others may use a set
    itself instead of a copy, so that the list has a column of where. `numbers` adds columns to sort by, such as how
    often each was sent; `counts` returns what the last column shows, by id.
    """

    model: type[LibraryMessage]
    icon: str
    say: LibraryWords
    only: str | None = None
    places: bool = True
    numbers: Callable[[], Sequence[ColumnElement[int]]] = field(default=lambda: ())
    counts: Callable[[Sequence[int]], Mapping[int, int]] | None = None

    def describe_all(self) -> None:
        """Give the audit log its sentences about these sets and their folders."""
        name, thing = self.name, self.say.thing
        sentences = {
            f"{name}.created": _l("created the %(thing)s %(target)s"),
            f"{name}.changed": _l("changed the %(thing)s %(target)s"),
            f"{name}.copied": _l("copied the %(thing)s %(source)s to %(target)s"),
            f"{name}.moved": _l("moved the %(thing)s %(target)s to the folder %(folder)s"),
            f"{name}.moved_out": _l("took the %(thing)s %(target)s out of its folder"),
            f"{name}.archived": _l("archived the %(thing)s %(target)s"),
            f"{name}.restored": _l("took the %(thing)s %(target)s out of the archive"),
            f"{name}.deleted": _l("deleted the %(thing)s %(target)s"),
        }
        wordings = dict.fromkeys(sentences, lambda _details: {"thing": str(thing)})
        audit.describe(sentences, {name: thing}, wordings)
        self.describe(_l("Folders of %(things)s", things=self.say.things))


def library_words(thing: Text, things: Text) -> FolderWords:
    """Return the sentences about folders of a library."""
    return FolderWords(
        title=things,
        everything=_l("All %(things)s", things=things),
        search=_l("Search %(things)s", things=things),
        new_hint=_l("A folder keeps messages together. They can be moved there afterwards."),
        deletion=_l("Its messages are not deleted: they return to the list, in no folder."),
        deleted=lambda name: _("The folder “%(name)s” was deleted. Its messages are in no folder now.", name=name),
        moved=lambda number: ngettext(
            "%(num)s %(things)s was moved.",
            "%(num)s %(things)s were moved.",
            number,
            things=thing if number == 1 else things,
        ),
        choose_some=_l("Choose at least one %(thing)s.", thing=thing),
        choose_again=_l("Choose %(things)s and a folder from the list.", things=things),
    )
