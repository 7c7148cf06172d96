"""Whatever is heard of a group or room proves that the account is in it, whether its joining was seen or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.line.models import Account, Group, GroupMember
from app.line.operations import groups, processing
from tests.line.conftest import Channel
from tests.line.test_processing import GROUP, START, USER, store, the_group
from tests.support.sandbox import SandboxServer

IN_GROUP = {"type": "group", "groupId": GROUP}
ROOM = "R" + "d" * 32
HEARD: dict[str, dict[str, Any]] = {
    "message": {"source": {**IN_GROUP, "userId": USER}, "message": {"type": "text", "id": "1", "text": "hi"}},
    "postback": {"source": IN_GROUP, "postback": {"data": "a"}},
    "unsend": {"source": {**IN_GROUP, "userId": USER}, "unsend": {"messageId": "1"}},
    "memberJoined": {"source": IN_GROUP, "joined": {"members": [{"type": "user", "userId": USER}]}},
    "memberLeft": {"source": IN_GROUP, "left": {"members": []}},
    "somethingNew": {"source": IN_GROUP},
}


@pytest.mark.parametrize("kind", HEARD)
def test_a_group_is_known_by_whatever_is_heard_of_it(account: Account, kind: str) -> None:
    store(account, kind, 5, **HEARD[kind])
    processing.process_due()
    found = the_group()
    assert (found.line_group_id, found.kind, found.is_joined) == (GROUP, "group", True)
    assert found.membership_changed_at == START + timedelta(seconds=5)
    assert found.summary_due_at is not None


def test_a_room_is_known_too_and_has_no_name_to_ask_for(account: Account) -> None:
    store(account, source={"type": "room", "roomId": ROOM, "userId": USER}, message={"type": "text", "id": "1"})
    processing.process_due()
    found = the_group()
    assert (found.line_group_id, found.kind, found.is_joined, found.summary_due_at) == (ROOM, "room", True, None)


def test_the_name_of_such_a_group_is_fetched(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    made = line.api("POST", f"/channels/{channel['channel_id']}/groups", {"name": "Book club"})
    line.api("POST", f"/channels/{channel['channel_id']}/groups/{made['group_id']}/acts", {"act": "join"})
    store(account, "somethingNew", source={"type": "group", "groupId": made["group_id"]})
    processing.process_due()
    groups.fetch_due_summaries()
    assert the_group().name == "Book club"


def test_after_it_left_only_something_newer_proves_that_it_is_back(account: Account) -> None:
    store(account, "leave", 20, IN_GROUP)
    store(account, "somethingNew", 10, IN_GROUP)
    processing.process_due()
    assert not the_group().is_joined
    store(account, "somethingNew", 30, IN_GROUP)
    processing.process_due()
    assert the_group().is_joined
    assert the_group().membership_changed_at == START + timedelta(seconds=30)


def test_a_known_group_costs_no_write(account: Account) -> None:
    store(account, "join", 0, IN_GROUP)
    processing.process_due()
    before = db.session.scalars(select(Group)).one().membership_changed_at
    store(account, "message", 50, {**IN_GROUP, "userId": USER}, message={"type": "text", "id": "1"})
    processing.process_due()
    assert the_group().membership_changed_at == before


def test_members_of_a_group_are_noted_where_its_joining_was_not_seen(account: Account) -> None:
    store(account, "memberJoined", 5, **HEARD["memberJoined"])
    processing.process_due()
    assert [row.line_user_id for row in db.session.scalars(select(GroupMember))] == [USER]
