"""The people of a broadcast's numbers as sets that lists, exports and bulk changes of friends can be narrowed to."""

from __future__ import annotations

import re

from app.core.db import db
from app.core.i18n import _
from app.friends.friend_sets import FriendSet, register
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.people_words import WORDS
from app.messages.broadcasts.queries.choice import SET_KIND, PeopleChoice, choice_of
from app.messages.broadcasts.readers import READERS

# As `PeopleChoice.key` writes it.
KEY = re.compile(r"(?P<broadcast>[0-9]{1,18})-(?P<kind>[a-z_]+)(-(?P<send>[0-9]{1,18})(-(?P<place>.+))?)?")


def label_of(choice: PeopleChoice) -> str:
    """Return what a list of these people is called."""
    return _("%(number)s: %(broadcast)s", number=WORDS[choice.kind].label, broadcast=choice.broadcast.name)


def _find(account_id: int, key: str) -> FriendSet | None:
    found = KEY.fullmatch(key)
    broadcast = db.session.get(Broadcast, int(found["broadcast"])) if found else None
    if found is None or broadcast is None or broadcast.account_id != account_id:
        return None
    choice = choice_of(broadcast, found["kind"], int(found["send"]) if found["send"] else None, found["place"] or "")
    return FriendSet(label_of(choice), choice.ids, READERS) if choice else None


register(SET_KIND, _find)
