"""What changed since a page was drawn, as cheaply as it is asked: every open page asks every other second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, text

from app.chat.filters import ChatReader, ConversationFilter
from app.chat.queries.conditions import conditions, is_of_one_account
from app.chat.queries.listing import ORDERS, ConversationRow, drawn, with_beside
from app.core.db import db
from app.line.models import Account
from app.messages.conversations.models import Conversation
from app.team.actors import Actor

# With more changes than that, the page gets its list as a whole.
MOST = 50
# All before the oldest transaction that is still open can be seen. A number beyond it is from before a backup was
# restored, and says nothing. One that is open for long holds the number back; `tag` says
# whether more has changed.
_STANDING = text("""
    SELECT upto, since, changed.tag FROM (
        SELECT upto, CASE WHEN asked > upto THEN 0 ELSE coalesce(asked, upto) END AS since
        FROM (
            SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS upto,
                CAST(:since AS bigint) AS asked
        ) present
    ) asked
    CROSS JOIN LATERAL (
        SELECT count(*) || '-' || coalesce(sum(changed_in * (1 + id % 997)), 0) AS tag FROM conversations
        WHERE changed_in >= since AND (CAST(:ids AS bigint[]) IS NULL OR account_id = ANY(:ids))
    ) changed
""")
# The tag of no change.
NOTHING = "0-0"


@dataclass(frozen=True)
class FeedStanding:
    """From which transaction on a page asks, and up to which it knows all with this answer."""

    since: int
    upto: int
    # Another one for each set of changes; NOTHING for none.
    tag: str


@dataclass(frozen=True)
class ListChanges:
    """Lines that a page has to show as they are now, and conversations that do not belong into its list any more."""

    rows: Sequence[ConversationRow]
    gone: Sequence[int]
    # Lines of all that changed, also of what the list does not show.
    all: Sequence[ConversationRow]


def standing(since: int | None, actor: Actor) -> FeedStanding:
    """Return what a page that knows all before this transaction has missed of what the actor may see.

    Without one, return where a page begins that is drawn after this.
    """
    ids = None if actor.accounts is None else sorted(actor.accounts)
    row = db.session.execute(_STANDING, {"since": since, "ids": ids}).one()
    return FeedStanding(row.since, row.upto, row.tag)


def list_changes(
    accounts: Sequence[Account], wanted: ConversationFilter, reader: ChatReader, since: int, last: datetime | None
) -> ListChanges | None:
    """Return what changed in a list that ends at the place `last`; None where so much did that it is drawn again."""
    ids = [one.id for one in accounts]
    shown = [one for one in ids if wanted.account_id in (None, one)]
    query = select(Conversation).where(Conversation.account_id.in_(ids), Conversation.changed_in >= since)
    query = with_beside(query.limit(MOST + 1), reader).add_columns(_fits(shown, wanted, reader).label("fits"))
    found = db.session.execute(query).all()
    if len(found) > MOST:
        return None
    lines = drawn(found, accounts, reader)
    fits = {line.conversation.id: row.fits for line, row in zip(lines, found, strict=True)}
    rows = [line for line in lines if fits[line.conversation.id] and _is_within(line, wanted, last)]
    gone = [line.conversation.id for line in lines if not fits[line.conversation.id]]
    return ListChanges(rows, gone, lines)


def _fits(ids: Sequence[int], wanted: ConversationFilter, reader: ChatReader) -> ColumnElement[bool]:
    if not ids:
        return false()
    if not is_of_one_account(wanted):
        return and_(Conversation.account_id.in_(ids), *conditions(ids[0], wanted, reader))
    return or_(*(and_(Conversation.account_id == one, *conditions(one, wanted, reader)) for one in ids))


def _is_within(line: ConversationRow, wanted: ConversationFilter, last: datetime | None) -> bool:
    """Return whether the line stands before the end of the page, so that nothing is left out between."""
    order = ORDERS[wanted.order]
    place: Any = getattr(line.conversation, order.column)
    return last is None or (place >= last if order.descending else place <= last)
