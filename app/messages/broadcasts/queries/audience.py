"""Who a broadcast is for: all friends of an account, a segment, or a segment without the friends of another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

from app.core import error_messages
from app.core.db import db, tune_for_heavy_query
from app.core.errors import InvalidInput, PermanentFailure
from app.core.i18n import Text, _l
from app.friends.models import FollowStatus
from app.friends.queries.filter_sql import FRIENDS
from app.messages.broadcasts import reasons
from app.messages.broadcasts.models import AudienceKind
from app.segments.models import Segment
from app.segments.queries.audience import Audience, NotKnownYet, audience_of
from app.segments.queries.counting import Numbers

COLUMNS = (FRIENDS.c.id, FRIENDS.c.line_user_id, FRIENDS.c.follow_status)


@dataclass(frozen=True)
class AudienceChoice:
    """What a member chose; the ids are of segments of the account."""

    kind: AudienceKind = AudienceKind.ALL
    segment_id: int | None = None
    without_id: int | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> AudienceChoice:
        """Return the choice that a row holds."""
        return cls(AudienceKind(stored["kind"]), stored.get("segment_id"), stored.get("without_id"))

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        ids = {"segment_id": self.segment_id, "without_id": self.without_id}
        return {"kind": self.kind.value, **{name: value for name, value in ids.items() if value is not None}}

    @property
    def segment_ids(self) -> list[int]:
        """Return the ids of the segments that it names."""
        return [one for one in (self.segment_id, self.without_id) if one is not None]


class SegmentGone(PermanentFailure):
    """A segment of the audience is not there any more."""

    def __init__(self) -> None:
        super().__init__(reasons.SEGMENT_GONE)


class SegmentUnusable(PermanentFailure):
    """A condition of the segment that is to be left out cannot be used: no one would be left out."""

    def __init__(self, segment: Segment, problem: Text) -> None:
        super().__init__(reasons.SEGMENT_UNUSABLE, name=segment.name, problem=str(problem))


# Why it cannot be told who a broadcast is for.
AUDIENCE_TROUBLE = (SegmentGone, SegmentUnusable, NotKnownYet)


def trouble_words(trouble: SegmentGone | SegmentUnusable | NotKnownYet) -> Text:
    """Return the sentence of such a trouble."""
    if isinstance(trouble, SegmentGone):
        return _l("A segment of this broadcast is not there any more. Choose the recipients again.")
    return error_messages.sentence(trouble.code, trouble.params) or ""


@dataclass(frozen=True)
class BroadcastAudience:
    """The friends of a choice, as SQL for the caller's transaction; `definitions` are what chose them, as stored."""

    account_id: int
    wanted: Audience | None
    without: Audience | None

    @property
    def definitions(self) -> list[dict[str, Any]]:
        """Return definition, version and day of each segment that took part, the wanted one first."""
        return [one.frozen.as_json() for one in (self.wanted, self.without) if one is not None]

    def friends(self) -> Select[Any]:
        """Select `id`, `line_user_id` and `follow_status` of the friends, each once, whether reachable or not."""
        if self.wanted is None:
            tune_for_heavy_query(db.session.connection())
            return select(*COLUMNS).where(FRIENDS.c.account_id == self.account_id)
        wanted = self.wanted.members(*COLUMNS)
        if self.without is None:
            return wanted
        kept, left_out = wanted.subquery("wanted"), self.without.members(FRIENDS.c.id).subquery("left_out")
        is_left_out = exists(select(left_out.c.id).where(left_out.c.id == kept.c.id))
        return select(kept.c.id, kept.c.line_user_id, kept.c.follow_status).where(~is_left_out)


def check_choice(account_id: int, choice: AudienceChoice) -> None:
    """Raise InvalidInput where the segments are not named, are the same, or are not the account's."""
    wanted = {AudienceKind.ALL: 0, AudienceKind.SEGMENT: 1, AudienceKind.DIFFERENCE: 2}[choice.kind]
    if len(choice.segment_ids) != wanted or (wanted and choice.segment_id is None):
        raise InvalidInput(audience=_l("Choose a segment."))
    if len(set(choice.segment_ids)) < wanted:
        raise InvalidInput(audience=_l("Choose two different segments."))
    for segment_id in choice.segment_ids:
        if _segment(account_id, segment_id) is None:
            raise InvalidInput(audience=_l("This segment is not there any more. Choose another one."))


def audience_for(account_id: int, choice: AudienceChoice) -> BroadcastAudience:
    """Return the audience as its segments are now; raises one of AUDIENCE_TROUBLE."""
    found = [_segment(account_id, segment_id) for segment_id in choice.segment_ids]
    segments = [one for one in found if one is not None]
    if len(segments) < len(found):
        raise SegmentGone
    wanted, without, *_rest = (*map(audience_of, segments), None, None)
    if without is not None and (problems := without.compiled.definition.problems):
        raise SegmentUnusable(segments[1], problems[0])
    return BroadcastAudience(account_id, wanted, without)


def count_audience(audience: BroadcastAudience) -> Numbers:
    """Count the friends, and those of them who can be reached and who have blocked the account."""
    found = audience.friends().subquery("audience")
    numbers: list[ColumnElement[int]] = [
        func.count().label("friends"),
        func.count().filter(found.c.follow_status == FollowStatus.FOLLOWING).label("reachable"),
        func.count().filter(found.c.follow_status == FollowStatus.BLOCKED).label("blocked"),
    ]
    row = db.session.execute(select(*numbers).select_from(found)).one()
    return Numbers(row.friends, row.reachable, row.blocked)


def _segment(account_id: int, segment_id: int) -> Segment | None:
    found = db.session.get(Segment, segment_id)
    return found if found is not None and found.account_id == account_id else None
