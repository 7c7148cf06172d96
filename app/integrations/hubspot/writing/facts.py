"""What is known of the friends of due links, read for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text

from app.core.db import db
from app.friends.models import FollowStatus
from app.friends.values import value_of
from app.integrations.hubspot.line_properties import LineKey
from app.integrations.hubspot.values import LONGEST, moment_written
from app.messages.broadcasts.queries.received import last_received_by

_STATUSES = {
    FollowStatus.FOLLOWING: "following",
    FollowStatus.BLOCKED: "blocked",
    FollowStatus.STRANGER: "not_friend",
}
_READ = text("""
    SELECT link.id AS link_id, link.friend_id, link.account_id, link.remote_id, link.found_by, link.synced,
           link.written,
           friend.line_user_id, friend.display_name, friend.picture_url, friend.followed_at, friend.follow_status,
           friend.last_open_at, friend.last_click_at, friend.first_name, friend.last_name, friend.email, friend.phone,
           friend.company, friend.attributes,
           (SELECT array_agg(tag.name ORDER BY tag.name) FROM friend_tags JOIN tags AS tag ON tag.id = tag_id
            WHERE friend_tags.friend_id = link.friend_id AND tag.deleted_at IS NULL) AS tags,
           coalesce(sourced.sources, '{}') AS sources,
           coalesce(record.is_pending, false) AS is_pending
    FROM remote_links AS link
    JOIN friends AS friend ON friend.id = link.friend_id
    LEFT JOIN friend_value_sources AS sourced ON sourced.friend_id = link.friend_id
    LEFT JOIN remote_records AS record ON record.integration_id = link.integration_id AND record.kind = 'contact'
         AND record.remote_id = link.remote_id
    WHERE link.id = ANY(:link_ids)
    ORDER BY link.id
""").bindparams(bindparam("link_ids"))


@dataclass(frozen=True)
class LinkFacts:
    """A link with what is known of its friend."""

    link_id: int
    friend_id: int
    account_id: int
    remote_id: str | None
    line_user_id: str
    # {name: [value, ISO time]} and {name: value} as the link keeps them.
    synced: Mapping[str, Any]
    written: Mapping[str, Any]
    # What Tomoru writes, by key; "" for what is not known.
    line: Mapping[LineKey, str]
    row: Any
    # The contact is being read by a sync, which compares its mapped fields.
    is_pending: bool

    def field(self, name: str) -> Any:
        """Return the friend's value of a field."""
        return value_of(self.row, name)

    def set_at(self, name: str) -> tuple[int | None, datetime | None]:
        """Return source and time of a field's value; None where it was set before sources were kept, or never."""
        stored = self.row.sources.get(name)
        return (stored[0], datetime.fromisoformat(stored[1])) if stored else (None, None)


def read_facts(link_ids: Sequence[int]) -> list[LinkFacts]:
    """Read what is known of the friends of these links, in the order of the links."""
    rows = db.session.execute(_READ, {"link_ids": list(link_ids)}).all()
    received = _last_broadcasts(rows)
    return [_facts(row, received.get(row.friend_id)) for row in rows]


def _last_broadcasts(rows: Sequence[Any]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for account_id in {row.account_id for row in rows}:
        friend_ids = [row.friend_id for row in rows if row.account_id == account_id]
        found |= {one.friend_id: one for one in db.session.execute(last_received_by(account_id, friend_ids))}
    return found


def _facts(row: Any, received: Any) -> LinkFacts:
    line = {
        LineKey.USER_ID: row.line_user_id,
        LineKey.DISPLAY_NAME: row.display_name or "",
        LineKey.PICTURE: row.picture_url or "",
        LineKey.ADDED_AT: _moment(row.followed_at),
        LineKey.FOLLOW_STATUS: _STATUSES[FollowStatus(row.follow_status)],
        LineKey.TAGS: joined_tags(row.tags or ()),
        LineKey.BROADCAST_NAME: received.last_broadcast if received else "",
        LineKey.BROADCAST_AT: _moment(received.last_broadcast_at if received else None),
        LineKey.OPEN_AT: _moment(row.last_open_at),
        LineKey.CLICK_AT: _moment(row.last_click_at),
    }
    return LinkFacts(
        row.link_id,
        row.friend_id,
        row.account_id,
        row.remote_id,
        row.line_user_id,
        row.synced,
        row.written,
        line,
        row,
        row.is_pending,
    )


def joined_tags(names: Sequence[str]) -> str:
    """Return the tags in one text; where it would be too long for HubSpot, the last ones are left out."""
    told = ""
    for name in names:
        longer = f"{told}; {name}" if told else name
        if len(longer) > LONGEST:
            break
        told = longer
    return told


def _moment(moment: datetime | None) -> str:
    return moment_written(moment) if moment else ""
