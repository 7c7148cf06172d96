"""What syncs do when something happens to friends, or a segment asks for lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from app.core.events import listen
from app.friends.events import AttributesChanged, FriendAdded, FriendUnblocked, IdLinksStored
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.sync.due import look_for_contacts, read_new_lists
from app.integrations.hubspot.sync.id_links import look_later
from app.integrations.hubspot.sync.lists import PROPERTY
from app.integrations.shared.events import ListKnown
from app.integrations.shared.lists import WATCHED
from app.integrations.shared.queries import accounts_of
from app.segments.events import SegmentSaved
from app.segments.operations.counting import count_later
from app.segments.queries.segments import segments_using_property
from app.workflows.events import GraphStored

# Fields by which contacts are found.
FOUND_BY = {"email", "phone"}


@listen(FriendAdded)
def find_contacts(batch: Sequence[FriendAdded]) -> None:
    """Look for contacts of people who are friends now."""
    _look((event.account_id, event.friend_id) for event in batch)


@listen(FriendUnblocked)
def find_contacts_again(batch: Sequence[FriendUnblocked]) -> None:
    """Look for contacts of people who came back."""
    _look((event.account_id, event.friend_id) for event in batch)


@listen(AttributesChanged)
def find_contacts_by_address(batch: Sequence[AttributesChanged]) -> None:
    """Look for contacts of friends who have got another address or number."""
    changed = [one for one in batch if one.source != HUBSPOT and FOUND_BY & set(one.names)]
    _look((event.account_id, friend_id) for event in changed for friend_id in event.friend_ids)


@listen(IdLinksStored)
def find_contacts_by_id_links(batch: Sequence[IdLinksStored]) -> None:
    """Look for contacts of friends who have got an ID link."""
    for event in batch:
        look_later(event.account_id, event.at)


@listen(SegmentSaved)
def read_lists_of_segments(batch: Sequence[SegmentSaved]) -> None:
    """Have the members of lists read for which a segment asks first."""
    for account_id in sorted({event.account_id for event in batch if PROPERTY in event.properties}):
        read_new_lists(account_id)


@listen(GraphStored)
def read_lists_of_workflows(batch: Sequence[GraphStored]) -> None:
    """Have the members of lists read for which a workflow asks first."""
    asking = [event for event in batch if any(word in json.dumps(event.graph) for word in (PROPERTY, WATCHED))]
    for account_id in sorted({account_id for event in asking for account_id in event.account_ids}):
        read_new_lists(account_id)


@listen(ListKnown)
def count_segments(batch: Sequence[ListKnown]) -> None:
    """Count the segments again that ask for lists, since it is known now who is on one."""
    for integration_id in sorted({event.integration_id for event in batch}):
        for covered, _account in accounts_of(integration_id):
            count_later(segments_using_property(covered.account_id, PROPERTY))


def _look(friends: Iterable[tuple[int, int]]) -> None:
    by_account: dict[int, set[int]] = {}
    for account_id, friend_id in friends:
        by_account.setdefault(account_id, set()).add(friend_id)
    for account_id, friend_ids in by_account.items():
        look_for_contacts(account_id, friend_ids)
