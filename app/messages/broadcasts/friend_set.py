"""The people of a broadcast's numbers as sets that lists, exports and bulk changes of friends can be narrowed to."""

from __future__ import annotations

import re

from app.core.db import db
from app.core.i18n import _
from app.friends.friend_sets import FriendSet, Listed, register
from app.messages.broadcasts.conditions.choice import conditions_for
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.people_words import WORDS, set_words
from app.messages.broadcasts.queries.choice import SET_KIND, PeopleChoice, choice_of
from app.messages.broadcasts.readers import READERS
from app.segments.conditions.definition import VERSION

# As `PeopleChoice.key` writes it.
KEY = re.compile(
    r"(?P<broadcast>[0-9]{1,18})-(?P<kind>[a-z_]+)(\.(?P<part>[a-z]+))?(-(?P<send>[0-9]{1,18})(-(?P<place>.+))?)?"
)


def label_of(choice: PeopleChoice) -> str:
    """Return what a list of these people is called."""
    number, name = WORDS[choice.kind].label, choice.broadcast.name
    if choice.part is None:
        return _("%(number)s: %(broadcast)s", number=number, broadcast=name)
    part = set_words(choice.part, choice.broadcast.winner or "")
    return _("%(number)s (%(part)s): %(broadcast)s", number=number, part=part, broadcast=name)


def _find(account_id: int, key: str) -> FriendSet | None:
    found = KEY.fullmatch(key)
    broadcast = db.session.get(Broadcast, int(found["broadcast"])) if found else None
    if found is None or broadcast is None or broadcast.account_id != account_id:
        return None
    send_id, place, part = int(found["send"]) if found["send"] else None, found["place"] or "", found["part"] or ""
    choice = choice_of(broadcast, found["kind"], send_id, place, part)
    if choice is None:
        return None
    conditions = conditions_for(choice)
    definition = {"version": VERSION, "groups": [{"conditions": conditions}]} if conditions else None
    return FriendSet(label_of(choice), Listed(choice.ids), READERS, definition)


register(SET_KIND, _find)
