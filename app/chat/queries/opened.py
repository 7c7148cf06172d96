"""Which transaction changed a conversation last that a page has open: read for all open pages together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import text

from app.core.db import db
from app.core.recent import Recent
from app.team.actors import Actor

_CHANGES = text("SELECT id, account_id, changed_in FROM conversations WHERE id = ANY(CAST(:ids AS bigint[]))")
# Conversations that pages of this process have asked for lately.
_ASKED: Recent[int, bool] = Recent(3, 5_000)
# What they are told for these seconds, to twice as many.
_KNOWN: Recent[int, Any] = Recent(0.1, 5_000)


def change_of(conversation_id: int, actor: Actor, *, is_own: bool = False) -> int | None:
    """Return the transaction that changed the conversation last; None where the actor may not see it.

    What changed in the last moment may be left to the next question, unless the page asks after an action that
    `is_own`.
    """
    _ASKED.put(conversation_id, True)
    known = _read([conversation_id]) if is_own else _KNOWN.all_made([conversation_id], _of_all)
    found = known.get(conversation_id)
    return found.changed_in if found is not None and actor.may_see_account(found.account_id) else None


def _of_all(missing: Sequence[int]) -> Mapping[int, Any]:
    return _read({*_ASKED.known(), *missing})


def _read(ids: Collection[int]) -> Mapping[int, Any]:
    return {row.id: row for row in db.session.execute(_CHANGES, {"ids": list(ids)})}
