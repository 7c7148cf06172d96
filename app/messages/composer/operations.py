"""Opening, changing and taking drafts. A draft is found by the member who opened it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import shutdown
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.media.access import UPLOADERS
from app.media.operations.references import set_references
from app.messages.composer.blanks import MESSAGES
from app.messages.composer.editing import DraftTooLong, after, chosen, short_enough, with_fields
from app.messages.composer.heights import fitted, height_of
from app.messages.composer.models import MessageDraft
from app.messages.composer.queries import drafts_of, drafts_of_owner
from app.messages.composer.single import SINGLE, fits
from app.messages.content import message_set
from app.team.actors import Actor
from app.team.operation import operation

OWNER = "message_draft"
# Begins the name of a select that draws its part again; the command follows, whose kind is what was chosen.
CHOICE = "choice-"
# Steps that can be undone: so many, and as JSON of so many characters together.
MOST_PAST, MOST_PAST_SIZE = 50, 2_000_000
# Characters of a draft as JSON.
MOST_CONTENT = 600_000
# Drafts that their member has not gone on with are kept so long.
KEPT, BATCH = timedelta(days=180), 100
# Changes that follow one another faster are undone together.
TOGETHER = timedelta(seconds=3)
EMPTY = message_set.write(message_set.MessageSet())


class EditedElsewhere(Conflict):
    """Another window of the same member has added, moved or removed something since this one was drawn."""

    def __init__(self) -> None:
        super().__init__(_l("This draft was changed in another window. Load the page again to go on with it."))


class DraftClosed(Conflict):
    """The draft that is to be saved is not there any more."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "These messages were saved or discarded already, perhaps in another window."
                " Copy what you typed here, then load the page again to go on."
            )
        )


class SavedElsewhere(Conflict):
    """The draft of something new was saved by another request of the same member at the same moment."""

    def __init__(self) -> None:
        super().__init__(_l("This was saved already, perhaps in another window. Send it once more to go on."))


@operation(*UPLOADERS)
def open_draft(
    account_id: int,
    owner_kind: str,
    owner_id: int | None,
    content: Mapping[str, Any] | None = None,
    own: Mapping[str, str] | None = None,
    *,
    window_key: str = "",
    goes_on: bool = True,
    actor: Actor,
) -> MessageDraft:
    """Return the member's draft for an owner; one with changes that were not saved goes on where it was left.

    With `goes_on` false it holds what the owner does, who keeps each change.

    `own` are fields of the owner's own by name, which the draft keeps as well. With `window_key`, each window in which
    something new is begun has a draft of its own, until the owner is stored. A draft that was discarded keeps its
    history, so that it can be brought back.
    """
    base = message_set.write(message_set.read(content or _blank(owner_kind)))
    found = _stored(account_id, owner_kind, owner_id, base, actor, window_key)
    if found.content != base and not (goes_on and found.is_changed):
        _put(found, base)
        found.base, found.past, found.future = base, [], []
    _open_own(found, own or {})
    db.session.flush()
    return found


@operation(*UPLOADERS)
def change_draft(
    account_id: int, draft_id: int, posted: Mapping[str, str], command: str = "", *, actor: Actor
) -> MessageDraft:
    """Write posted fields and choices into the draft, then do what a button says.

    Raises DraftClosed, EditedElsewhere, and Conflict for a file that is gone. Commands are those of `editing.after`,
    and `undo`, `redo` and `discard`.
    """
    draft = _locked(account_id, draft_id, actor)
    _take_fields(draft, posted)
    if command in ("undo", "redo"):
        _go(draft, is_back=command == "undo")
    elif command == "discard":
        _discard(draft)
    elif command:
        height = height_of(account_id, draft.content, command)
        _change(draft, after(draft.content, command, "", height), is_command=True)
    return draft


@operation(*UPLOADERS)
def keep_own(account_id: int, draft_id: int, posted: Mapping[str, str], *, actor: Actor) -> None:
    """Write posted fields of the owner's own into a draft that the composer does not show; raises NotFound."""
    _take_own(_locked(account_id, draft_id, actor), posted)


@operation(*UPLOADERS)
def insert_message(
    account_id: int, draft_id: int, posted: Mapping[str, str], message: Mapping[str, Any], *, actor: Actor
) -> MessageDraft:
    """Write posted fields into the draft, then put a stored message behind the others.

    Raises DraftClosed, EditedElsewhere, and Conflict where the draft is full.
    """
    draft = _locked(account_id, draft_id, actor)
    _take_fields(draft, posted)
    messages = draft.content["messages"]
    if len(messages) >= message_set.MOST_MESSAGES:
        raise Conflict(_l("Add one to five messages."))
    _change(draft, {**draft.content, "messages": [*messages, dict(message)]}, is_command=True)
    return draft


@operation(*UPLOADERS)
def replace_content(account_id: int, draft_id: int, content: Mapping[str, Any], *, actor: Actor) -> MessageDraft:
    """Put other messages in place of all, which can be undone; raises DraftClosed."""
    draft = _locked(account_id, draft_id, actor)
    _change(draft, dict(content), is_command=True)
    return draft


@operation(*UPLOADERS)
def discard(account_id: int, draft_id: int, *, actor: Actor) -> None:
    """Go back to what the owner holds, which can be undone; raises DraftClosed."""
    _discard(_locked(account_id, draft_id, actor))


@operation(*UPLOADERS)
def take(account_id: int, draft_id: int, posted: Mapping[str, str], *, actor: Actor) -> dict[str, Any]:
    """Return the draft's content with the posted fields; `settle` it once the owner has stored that.

    Raises DraftClosed, EditedElsewhere, and Conflict as `change_draft` does.
    """
    draft = _locked(account_id, draft_id, actor)
    _take_fields(draft, posted)
    return draft.content


@operation(*UPLOADERS)
def settle(account_id: int, draft_id: int, owner_id: int, *, before: int | None, actor: Actor) -> None:
    """Note that the owner holds what the draft does, and refers to its files.

    Other windows that show the draft go on with this owner. `before` is the owner that it was seen with. Raises
    DraftClosed, and SavedElsewhere where it has another one by now.
    """
    draft = _locked(account_id, draft_id, actor)
    settled = db.session.scalar(drafts_of_owner(account_id, draft.owner_kind, owner_id, actor))
    if draft.owner_id != before or settled not in (None, draft):
        raise SavedElsewhere
    draft.owner_id, draft.window_key = owner_id, ""
    draft.base, draft.own_base = draft.content, draft.own
    draft.past, draft.future = [], []
    set_references(account_id, OWNER, draft.id, [])


@operation(*UPLOADERS)
def close(account_id: int, draft_id: int, *, actor: Actor) -> None:
    """Delete a draft that is given up; raises DraftClosed."""
    draft = _locked(account_id, draft_id, actor)
    set_references(account_id, OWNER, draft.id, [])
    db.session.delete(draft)


def prune() -> int:
    """Delete drafts that were left alone for long, with their uses of files; returns how many. Commits in batches."""
    removed = 0
    old = select(MessageDraft).where(MessageDraft.changed_at < now() - KEPT).order_by(MessageDraft.id).limit(BATCH)
    while drafts := db.session.scalars(old.with_for_update(skip_locked=True)).all():
        for draft in drafts:
            set_references(draft.account_id, OWNER, draft.id, [])
            db.session.delete(draft)
        db.session.commit()
        removed += len(drafts)
        if shutdown.is_requested():
            break
    return removed


def _blank(owner_kind: str) -> Mapping[str, Any]:
    only = SINGLE.get(owner_kind)
    return {"messages": [MESSAGES[only]]} if only else EMPTY


def _locked(account_id: int, draft_id: int, actor: Actor) -> MessageDraft:
    query = drafts_of(account_id, actor).where(MessageDraft.id == draft_id)
    found: MessageDraft | None = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise DraftClosed
    return found


def _stored(
    account_id: int, owner_kind: str, owner_id: int | None, base: Mapping[str, Any], actor: Actor, window_key: str
) -> MessageDraft:
    """Lock the draft for an owner, or store one where there is none. Two pages may open it at the same moment."""
    query = drafts_of_owner(account_id, owner_kind, owner_id, actor, window_key).with_for_update()
    known: MessageDraft | None = db.session.scalar(query)
    if known is not None:
        return known
    values = {"member_id": actor.member_id, "owner_kind": owner_kind, "owner_id": owner_id, "window_key": window_key}
    fresh = insert(MessageDraft).values(account_id=account_id, content=base, base=base, **values)
    db.session.execute(fresh.on_conflict_do_nothing())
    draft: MessageDraft = db.session.scalars(query).one()
    return draft


def _open_own(draft: MessageDraft, own: Mapping[str, str]) -> None:
    """Take over what the owner's own fields hold now, except where something else was typed."""
    typed = {name: value for name, value in draft.own.items() if value != draft.own_base.get(name)}
    draft.own = {name: typed.get(name, value) for name, value in own.items()}
    draft.own_base = dict(own)


def _discard(draft: MessageDraft) -> None:
    draft.own = draft.own_base
    _change(draft, draft.base, is_command=True)


def _take_own(draft: MessageDraft, posted: Mapping[str, str]) -> None:
    own = {name: short_enough(posted.get(name, typed)) for name, typed in draft.own.items()}
    if own != draft.own:
        draft.own, draft.changed_at = own, now()


def _take_fields(draft: MessageDraft, posted: Mapping[str, str]) -> None:
    if posted.get("draft_version", "") != str(draft.version):
        raise EditedElsewhere
    _take_own(draft, posted)
    _change(draft, fitted(draft.account_id, draft.content, with_fields(draft.content, posted)))
    # Looked up before the first is applied, which may take away what others speak of.
    choices = {name.removeprefix(CHOICE): choice for name, choice in posted.items() if name.startswith(CHOICE)}
    fresh = {command: one for command, one in choices.items() if one and one != chosen(draft.content, command)}
    for command, choice in fresh.items():
        height = height_of(draft.account_id, draft.content, command)
        _change(draft, after(draft.content, command, choice, height), is_command=True)


def _change(draft: MessageDraft, content: dict[str, Any], *, is_command: bool = False) -> None:
    try:
        whole = message_set.write(message_set.read(content))
    except message_set.UnreadableSet as error:  # No form of ours posts such a thing.
        raise NotFound from error
    if not fits(draft.owner_kind, message_set.read(whole)):  # No button of ours asks for that.
        raise NotFound
    if whole == draft.content:
        return
    if _size(whole) > MOST_CONTENT:
        raise DraftTooLong(_l("These messages are too long to be kept. Shorten one of them."))
    is_new_step = is_command or not draft.past or draft.future or now() - draft.changed_at > TOGETHER
    if is_new_step:
        draft.past, draft.future = _latest([*draft.past, draft.content]), []
    _put(draft, whole)
    draft.version += is_command


def _size(content: Mapping[str, Any]) -> int:
    return len(json.dumps(content, ensure_ascii=False))


def _latest(past: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the last of these steps, as many as may be kept."""
    kept: list[dict[str, Any]] = []
    room = MOST_PAST_SIZE
    for step in reversed(past[-MOST_PAST:]):
        room -= _size(step)
        if room < 0:
            break
        kept.insert(0, step)
    return kept


def _put(draft: MessageDraft, content: dict[str, Any]) -> None:
    draft.content, draft.changed_at = content, now()
    db.session.flush()
    set_references(draft.account_id, OWNER, draft.id, message_set.files_of(message_set.read(content)))


def _go(draft: MessageDraft, *, is_back: bool) -> None:
    """Go one step back or forward in the history; at its end the content stays."""
    past, future = list(draft.past), list(draft.future)
    here, there = (past, future) if is_back else (future, past)
    if here:
        there.append(draft.content)
        _put(draft, here.pop())
        draft.past, draft.future = past, future
    draft.version += 1
