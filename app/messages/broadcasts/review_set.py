"""The people of a review's numbers as sets that lists, exports and bulk changes of friends can be narrowed to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.core.db import db
from app.core.i18n import Text, _, _l
from app.friends.friend_sets import FriendSet, Listed, register
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.queries.audience import AUDIENCE_TROUBLE
from app.messages.broadcasts.queries.review_people import ReviewNumber, people_of
from app.messages.broadcasts.readers import READERS
from app.messages.content.personal_values import personal_values

SET_KIND = "review"
LABELS: Mapping[ReviewNumber, Text] = {
    ReviewNumber.RECIPIENTS: _l("Will get it"),
    ReviewNumber.REACHABLE: _l("Reachable now"),
    ReviewNumber.BLOCKED: _l("Blocked, left out"),
    ReviewNumber.CAPPED: _l("Left out by the frequency cap"),
    ReviewNumber.OFTEN: _l("Reached already by several broadcasts"),
}
_KEY = re.compile(rf"(?P<broadcast>[0-9]{{1,18}})-(?P<number>{'|'.join(ReviewNumber)})(-(?P<value>.+))?")


def key_of(broadcast: Broadcast, number: str, value: str = "") -> str:
    """Return the key by which lists of friends are narrowed to these people."""
    return "-".join([SET_KIND, str(broadcast.id), number, *([value] if value else [])])


def _find(account_id: int, key: str) -> FriendSet | None:
    found = _KEY.fullmatch(key)
    broadcast = db.session.get(Broadcast, int(found["broadcast"])) if found else None
    if found is None or broadcast is None or broadcast.account_id != account_id:
        return None
    number, value = ReviewNumber(found["number"]), found["value"] or ""
    try:
        ids = people_of(broadcast, number, value)
    except AUDIENCE_TROUBLE:
        return None
    return None if ids is None else FriendSet(_label(broadcast, number, value), Listed(ids), READERS)


def _label(broadcast: Broadcast, number: ReviewNumber, value: str) -> Text:
    words = LABELS.get(number) or _("“%(value)s” unknown", value=personal_values(broadcast.account_id)[value].label)
    return _("%(number)s: %(broadcast)s", number=words, broadcast=broadcast.name)


register(SET_KIND, _find)
