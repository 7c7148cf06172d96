"""What segments tell lower layers: which of them look at a tag, and the card on the page of a friend.

And what they hear from there: a tag or an attribute that is gone changes how many friends fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core import usage
from app.core.events import listen
from app.core.i18n import _l
from app.friends import events, panels
from app.friends.values import CUSTOM
from app.segments.operations.counting import count_later
from app.segments.queries.segments import segments_using_property, segments_using_tag
from app.team.permissions import Permission


def tag_usages(tag_id: int) -> Iterator[usage.Usage]:
    """Return segments with a condition on the tag."""
    for segment in segments_using_tag(tag_id):
        args = {"account_id": segment.account_id, "segment_id": segment.id}
        yield usage.Usage(_l("Segment"), segment.name, "segments.edit", args, Permission.SEGMENTS)


@listen(events.TagDeleted)
def on_tag_deleted(batch: Sequence[events.TagDeleted]) -> None:
    """Count again the segments that have a condition on the tag, since its friends no longer fit."""
    for said in batch:
        count_later(segments_using_tag(said.tag_id))


@listen(events.AttributeDeleted)
def on_attribute_deleted(batch: Sequence[events.AttributeDeleted]) -> None:
    """Count again the segments that have a condition on the attribute."""
    for said in batch:
        count_later(segments_using_property(said.account_id, CUSTOM + said.key))


usage.register("tag", "segments", tag_usages)
panels.register(panels.FriendPanel(_l("Segment"), "segments.of_friend", Permission.SEGMENTS))
