"""Who is behind the numbers of a review, as SQL: who would get it now, who is left out, and of whom it warns."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select

from app.core.db import db
from app.friends.models import FollowStatus, Friend
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.queries.audience import AudienceChoice, BroadcastAudience, audience_for
from app.messages.content.personal_values import personal_values, values_for
from app.messages.sending.frequency import cap_of, reached_often

# Recipients of whom values are looked up.
LOOKED_AT = 1_000
# People who got so many messages within so many days are told of.
OFTEN, OFTEN_DAYS = 3, 7


class ReviewNumber(StrEnum):
    """The numbers of a review that consist of people."""

    RECIPIENTS = "recipients"
    REACHABLE = "reachable"
    BLOCKED = "blocked"
    CAPPED = "capped"
    OFTEN = "often"
    UNKNOWN = "unknown"


def people_of(broadcast: Broadcast, number: ReviewNumber, value: str = "") -> Select[Any] | None:
    """Select `friend_id` of these people as they are now; None where the review has no such number.

    `value` is the name of the personal value that is unknown. Raises one of AUDIENCE_TROUBLE.
    """
    account_id = broadcast.account_id
    audience, cap = audience_for(account_id, AudienceChoice.read(broadcast.audience)), cap_of(account_id)
    if number is ReviewNumber.UNKNOWN:
        return _unknown(audience, value)
    if number is ReviewNumber.BLOCKED:
        return _with_status(audience, FollowStatus.BLOCKED)
    following = _with_status(audience, FollowStatus.FOLLOWING)
    friend_id = following.selected_columns[0]
    if number is ReviewNumber.OFTEN:
        return following.where(friend_id.in_(reached_often(account_id, OFTEN, OFTEN_DAYS)))
    if cap is None or number is ReviewNumber.REACHABLE:
        return None if number is ReviewNumber.CAPPED else following
    is_capped = friend_id.in_(reached_often(account_id, cap.most, cap.days))
    return following.where(is_capped if number is ReviewNumber.CAPPED else ~is_capped)


def unknown_of(audience: BroadcastAudience, names: Collection[str]) -> tuple[dict[str, list[int]], int]:
    """Return by personal value the recipients of whom it is not known, and how many were looked at."""
    ids = some_ids(audience, LOOKED_AT) if names else []
    known = values_for(audience.account_id, ids, names) if ids else {}
    return {name: [one for one, values in known.items() if not values.get(name)] for name in names}, len(ids)


def some_ids(audience: BroadcastAudience, most: int) -> list[int]:
    """Return the ids of the first so many reachable friends."""
    found = _with_status(audience, FollowStatus.FOLLOWING)
    return list(db.session.scalars(found.order_by(found.selected_columns[0]).limit(most)))


def _with_status(audience: BroadcastAudience, status: FollowStatus) -> Select[Any]:
    found = audience.friends().subquery("audience")
    return select(found.c.id.label("friend_id")).where(found.c.follow_status == status)


def _unknown(audience: BroadcastAudience, name: str) -> Select[Any] | None:
    if name not in personal_values(audience.account_id):
        return None
    found, _looked_at = unknown_of(audience, [name])
    return select(Friend.id.label("friend_id")).where(Friend.id.in_(found[name]))
