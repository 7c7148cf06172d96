"""What does not look like an id of LINE's is ignored at once: nothing is stored for it, and it is not tried again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.friends.models import Activity, Friend
from app.line.models import Account, EventState, Group, GroupMember
from app.line.operations import processing
from tests.line.test_processing import GROUP, USER, state, store

LONG = "f" * 6_000
TEXT = {"type": "text", "id": "1", "text": "hi"}


def rows_of(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    "user_id",
    ["U1", "U" + "g" * 32, "U" + "a" * 33, "C" + "a" * 32, USER + "\n", USER.upper(), "U" + LONG],
    ids=["short", "no hex", "one more", "a group", "line break", "capitals", "endless"],
)
@pytest.mark.parametrize(("kind", "payload"), [("follow", {}), ("unfollow", {}), ("message", {"message": TEXT})])
def test_a_malformed_user_id_makes_no_friend(
    account: Account, user_id: str, kind: str, payload: dict[str, Any]
) -> None:
    row = store(account, kind, **payload)
    row.payload, row.source_id = {**row.payload, "source": {"type": "user", "userId": user_id}}, user_id[:255]
    db.session.commit()
    processing.process_due()
    assert (state(row), row.attempts, row.error) == (EventState.IGNORED, 0, None)
    assert rows_of(Friend) == rows_of(Activity) == 0


@pytest.mark.parametrize(
    "group",
    [{"groupId": "C1"}, {"groupId": "C" + LONG}, {"roomId": "R" + LONG}, {"groupId": 7}, {}],
    ids=["short", "endless group", "endless room", "number", "missing"],
)
def test_what_comes_from_a_malformed_group_is_not_taken_for_said_alone(account: Account, group: dict[str, Any]) -> None:
    row = store(account, "message", 0, {"type": "user", "userId": USER}, message=TEXT)
    row.payload = {**row.payload, "source": {"type": "group", "userId": USER, **group}}
    db.session.commit()
    processing.process_due()
    assert (state(row), row.attempts) == (EventState.IGNORED, 0)
    assert rows_of(Friend) == rows_of(Group) == 0


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("message", {"message": {**TEXT, "id": LONG}}),
        ("messageEdited", {"message": {**TEXT, "id": LONG}}),
        ("unsend", {"unsend": {"messageId": LONG}}),
    ],
)
def test_the_id_of_a_message_that_no_index_could_hold_is_ignored(
    account: Account, kind: str, payload: dict[str, Any]
) -> None:
    row = store(account, kind, **payload)
    processing.process_due()
    assert (state(row), row.attempts) == (EventState.IGNORED, 0)
    assert rows_of(Activity) == 0


def test_of_the_members_of_a_group_malformed_ones_are_left_out(account: Account) -> None:
    members = [{"type": "user", "userId": user_id} for user_id in (USER, "U1", "U" + LONG)]
    store(account, "memberJoined", 0, {"type": "group", "groupId": GROUP}, joined={"members": members})
    processing.process_due()
    assert list(db.session.scalars(select(GroupMember.line_user_id))) == [USER]
