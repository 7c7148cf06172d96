"""What changed since a page was drawn, as cheaply as it is asked: every open page asks every other second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, text

from app.chat.filters import ChatReader, ConversationFilter
from app.chat.models import ConversationMark
from app.chat.queries.conditions import conditions, is_of_one_account
from app.chat.queries.listing import ORDERS, places_page
from app.chat.queries.unread import unread_messages
from app.core.db import db
from app.core.pages import Page, PagePosition
from app.friends.models import Friend
from app.line.models import Account, Group
from app.messages.conversations.models import Conversation
from app.team.actors import Actor
from app.team.models import Member

# With more changes than that, the page gets all of its lines.
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
_GLANCE = (
    Conversation.id,
    Conversation.account_id,
    Conversation.changed_in,
    Conversation.last_message_at,
    Conversation.last_incoming_id,
    Conversation.unanswered_since,
    Conversation.is_spam,
    Conversation.assignee_id,
    Friend.display_name,
    Friend.first_name,
    Friend.last_name,
    Friend.picture_url,
    Group.name.label("group_name"),
    Group.picture_url.label("group_picture_url"),
    Member.name.label("assignee_name"),
    Member.email.label("assignee_email"),
    ConversationMark.read_up_to_id,
    ConversationMark.is_pinned,
    ConversationMark.is_followed,
    ConversationMark.is_muted,
)


@dataclass(frozen=True)
class FeedStanding:
    """From which transaction on a page asks, and up to which it knows all with this answer."""

    since: int
    upto: int
    # Another one for each set of changes; NOTHING for none.
    tag: str


@dataclass(frozen=True)
class RowGlance:
    """What tells whether a line of the list says something new: `row` has the columns of `_GLANCE`."""

    row: Any
    # Messages that the member has not read, up to unread.COUNTED + 1.
    unread: int

    @property
    def id(self) -> int:
        """Return the conversation's id."""
        return int(self.row.id)

    @property
    def look(self) -> tuple[Any, ...]:
        """Return all that the line shows of conversation, people and mark; what was said is told by `changed_in`."""
        row = self.row
        people = row.display_name, row.first_name, row.last_name, row.picture_url, row.group_name, row.group_picture_url
        mark = bool(row.is_pinned), bool(row.is_muted)
        return (row.id, row.changed_in, self.unread, *people, row.assignee_name, row.assignee_email, *mark)


@dataclass(frozen=True)
class ListChanges:
    """Lines that a page has to show as they are now, and conversations that do not belong into its list any more."""

    rows: Sequence[RowGlance]
    gone: Sequence[int]
    # Lines of all that changed, also of what the list does not show.
    all: Sequence[RowGlance]
    # All lines of the page, where so many changed that it is drawn again.
    page: Page[RowGlance] | None = None


def standing(since: int | None, actor: Actor) -> FeedStanding:
    """Return what a page that knows all before this transaction has missed of what the actor may see.

    Without one, return where a page begins that is drawn after this.
    """
    ids = None if actor.accounts is None else sorted(actor.accounts)
    row = db.session.execute(_STANDING, {"since": since, "ids": ids}).one()
    return FeedStanding(row.since, row.upto, row.tag)


def list_changes(
    accounts: Sequence[Account],
    wanted: ConversationFilter,
    reader: ChatReader,
    since: int,
    last: datetime | None,
    at: PagePosition,
) -> ListChanges:
    """Return what changed in a list that stands at `at` and ends at the place `last`."""
    ids = [one.id for one in accounts]
    shown = [one for one in ids if wanted.account_id in (None, one)]
    query = _glances(reader).add_columns(_fits(shown, wanted, reader).label("fits"))
    changed = query.where(Conversation.account_id.in_(ids), Conversation.changed_in >= since).limit(MOST + 1)
    found = db.session.execute(changed).all()
    if len(found) > MOST:
        return _page_again(accounts, wanted, reader, since, at)
    lines = _seen(found, reader)
    rows = [line for line in lines if line.row.fits and _is_within(line, wanted, last)]
    return ListChanges(rows, [line.id for line in lines if not line.row.fits], lines)


def _page_again(
    accounts: Sequence[Account], wanted: ConversationFilter, reader: ChatReader, since: int, at: PagePosition
) -> ListChanges:
    page = places_page(accounts, wanted, reader, at)
    ids = [one.id for one in page.rows]
    found = {row.id: row for row in db.session.execute(_glances(reader).where(Conversation.id.in_(ids)))}
    lines = _seen([found[one] for one in ids if one in found], reader)
    changed = [line for line in lines if line.row.changed_in >= since]
    return ListChanges((), (), changed, replace(page, rows=lines))


def _glances(reader: ChatReader) -> Select[Any]:
    mine = and_(ConversationMark.conversation_id == Conversation.id, ConversationMark.member_id == reader.member_id)
    columns: tuple[Any, ...] = _GLANCE
    return (
        select(*columns)
        .outerjoin(Friend, Friend.id == Conversation.friend_id)
        .outerjoin(Group, Group.id == Conversation.group_id)
        .outerjoin(Member, Member.id == Conversation.assignee_id)
        .outerjoin(ConversationMark, mine)
    )


def _seen(rows: Sequence[Any], reader: ChatReader) -> list[RowGlance]:
    unread = unread_messages(rows, {row.id: row.read_up_to_id for row in rows}, reader)
    return [RowGlance(row, unread.get(row.id, 0)) for row in rows]


def _fits(ids: Sequence[int], wanted: ConversationFilter, reader: ChatReader) -> ColumnElement[bool]:
    if not ids:
        return false()
    if not is_of_one_account(wanted):
        return and_(Conversation.account_id.in_(ids), *conditions(ids[0], wanted, reader))
    return or_(*(and_(Conversation.account_id == one, *conditions(one, wanted, reader)) for one in ids))


def _is_within(line: RowGlance, wanted: ConversationFilter, last: datetime | None) -> bool:
    """Return whether the line stands before the end of the page, so that nothing is left out between."""
    order = ORDERS[wanted.order]
    place: Any = getattr(line.row, order.column)
    return last is None or (place >= last if order.descending else place <= last)
