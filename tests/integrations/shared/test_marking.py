"""What happens to friends makes their links due; only those of connected services, and only for fields they take."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from app.core.db import db
from app.core.events import announce
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance
from app.friends.events import FriendBlocked, FriendVideoWatched, ProfilesChanged
from app.friends.operations.attributes import set_attributes
from app.friends.operations.bulk_insert import confirm_followers
from app.friends.operations.tagging import add_tags, remove_tags
from app.friends.operations.tags import delete_tag, rename_tag
from app.integrations.shared import marking_runs
from app.integrations.shared.marking import mark_friends
from app.integrations.shared.models import IntegrationState, RemoteLink
from app.messages.broadcasts.events import BroadcastEnded
from app.messages.broadcasts.models import BroadcastRecipient
from app.messages.tracking.events import FetchesCounted
from app.team.actors import SYSTEM
from tests.factories import integrations
from tests.factories.friends import friend, tag
from tests.factories.line import account


@pytest.fixture
def world(app: object) -> SimpleNamespace:
    """Two friends of an account with a portal, both linked, nothing due."""
    place = account()
    portal = integrations.integration(place)
    hana, ken = friend(place), friend(place)
    integrations.link(portal, hana, "1")
    integrations.link(portal, ken, "2")
    return SimpleNamespace(place=place, portal=portal, hana=hana, ken=ken)


def due() -> set[int]:
    """The friends whose links are due; they are not due any more afterwards."""
    db.session.commit()
    found = set(db.session.scalars(select(RemoteLink.friend_id).where(RemoteLink.due_at.is_not(None))))
    db.session.execute(update(RemoteLink).values(due_at=None))
    db.session.commit()
    return found


def test_follows_profiles_opens_and_clicks(world: SimpleNamespace) -> None:
    about = {"account_id": world.place.id, "occurred_at": world.hana.followed_at}
    announce(FriendBlocked(friend_id=world.hana.id, **about))
    assert due() == {world.hana.id}

    announce(FriendVideoWatched(friend_id=world.ken.id, tracking_id="a", **about))
    assert due() == {world.ken.id}

    announce(ProfilesChanged(account_id=world.place.id, friend_ids=(world.hana.id, world.ken.id)))
    assert due() == {world.hana.id, world.ken.id}

    announce(FetchesCounted(frozenset({1}), frozenset({world.ken.id})))
    assert due() == {world.ken.id}


def test_a_stranger_whom_line_lists_as_follower(world: SimpleNamespace) -> None:
    stranger = friend(world.place, follow_status="stranger", status_changed_at=None)
    integrations.link(world.portal, stranger, "3")

    confirm_followers(world.place.id, [stranger.line_user_id, world.hana.line_user_id])

    assert due() == {stranger.id}


def test_tags(world: SimpleNamespace) -> None:
    vip = tag(world.place, "VIP")
    add_tags(world.place.id, [world.hana.id], [vip.id], source="member", actor=SYSTEM)
    assert due() == {world.hana.id}

    rename_tag(world.place.id, vip.id, "Gold", actor=SYSTEM)
    assert due() == {world.hana.id}

    rename_tag(world.place.id, vip.id, "Gold", actor=SYSTEM)
    assert due() == set()

    remove_tags(world.place.id, [world.hana.id], [vip.id], source="member", actor=SYSTEM)
    assert due() == {world.hana.id}

    add_tags(world.place.id, [world.ken.id], [vip.id], source="member", actor=SYSTEM)
    due()
    delete_tag(world.place.id, vip.id, actor=SYSTEM)
    assert due() == {world.ken.id}


def test_a_tag_of_many_is_followed_by_a_run(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking_runs, "FEW", 0)
    monkeypatch.setattr(marking_runs, "PART", 1)
    vip = tag(world.place, "VIP")
    add_tags(world.place.id, [world.hana.id, world.ken.id], [vip.id], source="member", actor=SYSTEM)
    due()

    rename_tag(world.place.id, vip.id, "Gold", actor=SYSTEM)
    assert due() == set()
    assert _advance(marking_runs.EVERYONE) == RunState.COMPLETED
    assert due() == {world.hana.id, world.ken.id}


def test_only_fields_that_are_written(world: SimpleNamespace) -> None:
    integrations.mapping(world.portal, "email", "email")
    integrations.mapping(world.portal, "name", "company", is_read_only=True)

    def change(**values: str) -> None:
        set_attributes(world.place.id, world.hana.id, values, source="member", actor=SYSTEM)

    change(email="hana@example.jp")
    assert due() == {world.hana.id}
    change(company="Kissa", last_name="山田")
    assert due() == set()


def test_a_broadcast(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking_runs, "PART", 1)
    other = friend(world.place)
    for position, one in enumerate((world.hana, other, world.ken), start=1):
        row = {
            "broadcast_id": 7,
            "position": position,
            "chunk": 1,
            "friend_id": one.id,
            "line_user_id": one.line_user_id,
        }
        db.session.add(BroadcastRecipient(**row))
    integrations.link(world.portal, friend(world.place), "9")

    announce(BroadcastEnded(world.place.id, 7))
    assert due() == set()

    assert _advance(marking_runs.AUDIENCE) == RunState.COMPLETED
    assert due() == {world.hana.id, world.ken.id}


def test_nothing_is_due_at_a_service_that_is_not_connected(world: SimpleNamespace) -> None:
    world.portal.state = IntegrationState.DISCONNECTED
    db.session.commit()

    mark_friends([world.hana.id])

    assert due() == set()


def test_what_backs_off_is_tried_again_and_a_worker_loses_what_it_holds(world: SimpleNamespace) -> None:
    tie = db.session.scalars(select(RemoteLink).where(RemoteLink.friend_id == world.hana.id)).one()
    ahead = world.hana.followed_at.replace(year=2999)
    tie.due_at, tie.attempts, tie.leased_until, tie.reason = ahead, 7, ahead, "hubspot.locked"
    db.session.commit()

    mark_friends([world.hana.id])
    db.session.commit()

    db.session.refresh(tie)
    assert tie.due_at is not None and tie.due_at.year < 2999
    assert (tie.attempts, tie.leased_until, tie.reason) == (0, None, None)


def test_what_is_due_already_stays_as_early(world: SimpleNamespace) -> None:
    tie = db.session.scalars(select(RemoteLink).where(RemoteLink.friend_id == world.hana.id)).one()
    tie.due_at = early = world.hana.followed_at.replace(year=2001)
    db.session.commit()

    mark_friends([world.hana.id])
    db.session.commit()

    db.session.refresh(tie)
    assert tie.due_at == early


def _advance(kind: str) -> str:
    db.session.commit()
    run_id = db.session.scalars(select(Run.id).where(Run.kind == kind).order_by(Run.id.desc()).limit(1)).one()
    db.session.commit()
    advance(run_id)
    return str(db.session.get_one(Run, run_id, populate_existing=True).state)
