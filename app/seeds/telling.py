"""Store a shop's story through the same operations that LINE's events go through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from app.core.db import db
from app.friends.models import AttributeKind, Friend
from app.friends.operations.actions import record_postback
from app.friends.operations.attributes import set_attributes
from app.friends.operations.conversation import Written, record_messages
from app.friends.operations.definitions import create_definition
from app.friends.operations.follow_status import record_follow, record_unfollow
from app.friends.operations.tagging import add_tags
from app.friends.operations.tags import create_tag
from app.line.models import Account
from app.seeds.received import keep_received
from app.seeds.sandbox import Person
from app.seeds.story import Life, Moment
from app.team.actors import SYSTEM, Actor

ATTRIBUTES = (
    ("Visits", AttributeKind.NUMBER),
    ("Birthday", AttributeKind.DATE),
    ("Favourite beans", AttributeKind.TEXT),
)
SOURCE = "demo"
# Tags and details are put on people a while after they came, not on the day of the telling.
_SPREAD = text("""
    UPDATE activities SET occurred_at = least(now(), friends.followed_at + (activities.id % 19) * interval '17 hours')
    FROM friends
    WHERE friends.id = activities.friend_id AND activities.account_id = :account_id
      AND activities.data ->> 'source' = :source
""")


def tell(account: Account, lives: Sequence[Life], tags: Sequence[str], actor: Actor) -> None:
    """Store the story on the account; the caller commits."""
    tag_ids = {name: create_tag(account.id, name, actor=actor).id for name in tags}
    for label, kind in ATTRIBUTES:
        create_definition(account.id, label, kind, actor=actor)
    keep_received(account.id, lives)
    tagged: defaultdict[str, list[int]] = defaultdict(list)
    for life in lives:
        friend = _live(account.id, life)
        for name in life.tags:
            tagged[name].append(friend.id)
        if life.attributes:
            set_attributes(account.id, friend.id, life.attributes, source=SOURCE, actor=SYSTEM)
    for name, friend_ids in tagged.items():
        add_tags(account.id, friend_ids, [tag_ids[name]], source=SOURCE, actor=SYSTEM)
    db.session.flush()
    db.session.execute(_SPREAD, {"account_id": account.id, "source": SOURCE})


def _live(account_id: int, life: Life) -> Friend:
    came, *later = life.moments
    friend = record_follow(account_id, life.person.user_id, came.at)
    friend.created_at = came.at
    for moment in later:
        _do(account_id, life.person.user_id, moment)
    _introduce(friend, life.person, came.at)
    return friend


def _do(account_id: int, user_id: str, moment: Moment) -> None:
    data: dict[str, Any] = dict(moment.data)
    match moment.kind:
        case "blocked":
            record_unfollow(account_id, user_id, moment.at)
        case "returned":
            record_follow(account_id, user_id, moment.at, is_unblocked=True)
        case "wrote":
            record_messages(account_id, [Written(user_id, data, moment.at)])
        case "tapped":
            record_postback(account_id, user_id, data["data"], moment.at, params=data["params"], label=data["label"])


def _introduce(friend: Friend, person: Person, at: datetime) -> None:
    """Store name and picture, as if the profile had been fetched on that day."""
    friend.display_name, friend.picture_url = person.name, person.picture_url
    friend.status_message, friend.language = person.status_message, person.language
    friend.profile_fetched_at, friend.profile_due_at = at, None
    db.session.flush()
