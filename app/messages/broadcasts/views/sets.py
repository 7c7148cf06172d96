"""The message sets that the form of a broadcast holds: one, or two of an A/B test, each in a draft of the composer.

The composer shows one of them. The form names its draft in `draft`, as every composer does, and the other in `other`.
Each draft also keeps what was typed into the form itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for

from app.core.errors import NotFound
from app.core.identifiers import posted_number
from app.messages.broadcasts.models import Broadcast, Variant
from app.messages.broadcasts.operations.drafts import USED
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import (
    EMPTY,
    DraftClosed,
    close,
    discard,
    keep_own,
    open_draft,
    replace_content,
    settle,
)
from app.messages.composer.owners import PAGES
from app.messages.composer.posted import posted_draft, take_posted
from app.messages.composer.queries import draft_of, has_unsaved
from app.messages.content.building import ContentProblem
from app.messages.content.message_set import MessageSet, read
from app.messages.content.proof import prove
from app.team.permissions import current_actor

# What each set's broadcast is called as the owner of its draft.
OWNERS = {Variant.A: USED, Variant.B: f"{USED}_b"}


def _page(draft: MessageDraft) -> str:
    """Return the address of the editor that shows the draft."""
    if draft.owner_id is None:
        return url_for("broadcasts.new", account_id=draft.account_id, window=draft.window_key)
    shown = next(one.value for one in OWNERS if OWNERS[one] == draft.owner_kind)
    return url_for("broadcasts.edit", account_id=draft.account_id, broadcast_id=draft.owner_id, set=shown)


for _kind in OWNERS.values():
    PAGES.add(_kind, _page)


@dataclass(frozen=True)
class FormSets:
    """Drafts of the sets, A alone or both, and which of them the composer shows."""

    drafts: Mapping[Variant, MessageDraft]
    variant: Variant

    @property
    def shown(self) -> MessageDraft:
        """Return the draft in the composer."""
        return self.drafts[self.variant]

    @property
    def other(self) -> MessageDraft | None:
        """Return the draft that is not in the composer."""
        return next((draft for variant, draft in self.drafts.items() if variant is not self.variant), None)

    @property
    def window_key(self) -> str:
        """Return the window in which a new broadcast was begun; empty for a stored one."""
        return self.shown.window_key

    @property
    def owners(self) -> dict[Variant, int | None]:
        """Return to which broadcast each draft belongs; None while it is not stored."""
        return {variant: draft.owner_id for variant, draft in self.drafts.items()}

    @property
    def is_test(self) -> bool:
        """Return whether there are two sets."""
        return Variant.B in self.drafts

    @property
    def is_changed(self) -> bool:
        """Return whether a draft holds what is not saved."""
        return any(draft.is_changed for draft in self.drafts.values())

    @property
    def left_at(self) -> datetime | None:
        """Return when what is not saved was left; None where all is saved."""
        return max((draft.changed_at for draft in self.drafts.values() if draft.is_changed), default=None)

    @property
    def typed(self) -> Mapping[str, str]:
        """Return what was typed into the form last; while a member types, only the draft in the composer learns it."""
        return max(self.drafts.values(), key=lambda draft: draft.changed_at).own

    @property
    def contents(self) -> dict[Variant, MessageSet]:
        """Return the messages of each set."""
        return {variant: read(draft.content) for variant, draft in self.drafts.items()}


def open_sets(
    account_id: int,
    broadcast: Broadcast | None,
    own: Mapping[str, str],
    variant: Variant = Variant.A,
    window_key: str = "",
) -> FormSets:
    """Open the drafts of a broadcast, or of the new one that was begun in this window.

    A second set that was begun and not saved is there, too. `own` is what the fields of the form hold when nothing is
    typed.
    """
    actor, owner_id = current_actor(), broadcast.id if broadcast else None
    contents: dict[Variant, dict[str, Any] | None] = {Variant.A: None}
    if has_unsaved(account_id, OWNERS[Variant.B], owner_id, actor, window_key):
        contents[Variant.B] = None
    contents |= broadcast.contents if broadcast else {}
    drafts = {
        one: open_draft(account_id, OWNERS[one], owner_id, contents[one], own, window_key=window_key, actor=actor)
        for one in contents
    }
    return FormSets(drafts, variant if variant in drafts else Variant.A)


def posted_sets(account_id: int, broadcast: Broadcast | None = None) -> FormSets:
    """Return the sets as they were posted; raises DraftClosed, and NotFound for drafts of another broadcast.

    Those of a new one may be of a broadcast that another window has stored since.
    """
    shown, other = posted_draft(account_id), request.form.get("other")
    try:
        others = [draft_of(account_id, posted_number(other), current_actor())] if other else []
    except NotFound:
        raise DraftClosed from None
    owners = {broadcast.id} if broadcast else {None, shown.owner_id}
    if any(draft.owner_id not in owners for draft in (shown, *others)):
        raise NotFound
    by_owner = {draft.owner_kind: draft for draft in (shown, *others)}
    drafts = {variant: by_owner[owner] for variant, owner in OWNERS.items() if owner in by_owner}
    if Variant.A not in drafts:
        raise NotFound
    return FormSets(drafts, Variant.B if shown is drafts.get(Variant.B) else Variant.A)


def take_sets(account_id: int, broadcast: Broadcast | None = None) -> FormSets:
    """Keep what was typed in the drafts, whatever becomes of the form, and return the sets.

    Raises as `posted_sets` and `take` do.
    """
    posted_sets(account_id, broadcast)
    take_posted(account_id)
    sets = posted_sets(account_id, broadcast)
    if sets.other:
        keep_own(account_id, sets.other.id, request.form, actor=current_actor())
    return sets


def change_sets(account_id: int, sets: FormSets, wish: str) -> FormSets:
    """Do what a button asks for: show "a" or "b", begin the test with B "empty" or a "copy" of A, or "remove" B."""
    if wish == "remove":
        return _without_b(account_id, sets)
    if wish in ("empty", "copy"):
        return _with_b(account_id, sets, is_copy=wish == "copy")
    return FormSets(sets.drafts, next((one for one in sets.drafts if one == wish), sets.variant))


def _with_b(account_id: int, sets: FormSets, *, is_copy: bool) -> FormSets:
    actor, first = current_actor(), sets.drafts[Variant.A]
    second = sets.drafts.get(Variant.B)
    if second is None:
        key, own = first.window_key, first.own_base
        second = open_draft(account_id, OWNERS[Variant.B], first.owner_id, own=own, window_key=key, actor=actor)
        keep_own(account_id, second.id, request.form, actor=actor)
    replace_content(account_id, second.id, first.content if is_copy else EMPTY, actor=actor)
    return FormSets({Variant.A: first, Variant.B: second}, Variant.B)


def _without_b(account_id: int, sets: FormSets) -> FormSets:
    if sets.is_test:
        close(account_id, sets.drafts[Variant.B].id, actor=current_actor())
    return FormSets({Variant.A: sets.drafts[Variant.A]}, Variant.A)


def discard_sets(account_id: int, sets: FormSets) -> None:
    """Go back to the saved messages; a second set that was never saved is then empty, and no test."""
    for draft in sets.drafts.values():
        discard(account_id, draft.id, actor=current_actor())


def settle_sets(broadcast: Broadcast, sets: FormSets, before: Mapping[Variant, int | None]) -> None:
    """Note that the broadcast holds these messages; `before` are their `owners` till now. Raises as `settle` does."""
    for variant, draft in sets.drafts.items():
        settle(broadcast.account_id, draft.id, broadcast.id, before=before[variant], actor=current_actor())


def checked(account_id: int, sets: FormSets) -> tuple[FormSets, list[ContentProblem]]:
    """Return what LINE or our own rules say of the first refused set, with that set shown; asks LINE."""
    for variant, draft in sets.drafts.items():
        if problems := prove(account_id, read(draft.content)).problems:
            return FormSets(sets.drafts, variant), list(problems)
    return sets, []
