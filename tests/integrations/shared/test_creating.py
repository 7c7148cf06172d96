"""Friends without a record get one where that is wanted, once records have been read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.events import announce
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.friends.events import FriendAdded
from app.integrations.shared import creating, links
from app.integrations.shared.connecting import change_settings
from app.integrations.shared.matching import find_friends
from app.integrations.shared.models import RemoteLink, RemoteUnlink
from app.team.actors import SYSTEM
from tests.factories import integrations
from tests.factories.friends import friend
from tests.factories.line import account
from tests.integrations.contacts import contact


@pytest.fixture
def world(app: object) -> SimpleNamespace:
    """A portal whose contacts have been read, and two friends, of whom one is linked."""
    place = account()
    portal = integrations.integration(place, watermarks={"contact": "2026-04-01T00:00:00Z"})
    hana, ken = friend(place), friend(place)
    integrations.link(portal, hana, "1")
    return SimpleNamespace(place=place, portal=portal, hana=hana, ken=ken)


def ordered() -> set[int]:
    db.session.commit()
    query = select(RemoteLink.friend_id).where(RemoteLink.remote_id.is_(None), RemoteLink.due_at.is_not(None))
    return set(db.session.scalars(query))


def follow(world: SimpleNamespace) -> None:
    about = {"account_id": world.place.id, "occurred_at": world.ken.followed_at}
    announce(*(FriendAdded(friend_id=one.id, **about) for one in (world.hana, world.ken)))


def test_nothing_is_made_unless_it_is_wanted(world: SimpleNamespace) -> None:
    follow(world)
    assert ordered() == set()


def test_a_new_friend_gets_a_record(world: SimpleNamespace) -> None:
    world.portal.creates_records = True
    db.session.commit()
    follow(world)
    follow(world)
    assert ordered() == {world.ken.id}


def test_before_records_were_read_nothing_is_made(world: SimpleNamespace) -> None:
    world.portal.creates_records, world.portal.watermarks = True, {}
    db.session.commit()
    follow(world)
    assert ordered() == set()


def test_all_friends_get_one_when_it_is_switched_on(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creating, "PART", 2)
    friend(world.place, follow_status="blocked")
    apart, third = friend(world.place), friend(world.place)
    db.session.add(RemoteUnlink(integration_id=world.portal.id, friend_id=apart.id, remote_id="9"))
    friend(account())

    change_settings(world.portal, 5, True, actor=SYSTEM)
    db.session.commit()
    run_id = db.session.scalars(select(Run.id).where(Run.kind == creating.KIND)).one()
    db.session.commit()
    advance(run_id)

    assert ordered() == {world.ken.id, third.id}


def test_what_was_deleted_at_the_service_is_not_made_again(world: SimpleNamespace) -> None:
    world.portal.creates_records = True
    links.drop_links(world.portal, ["1"])
    creating.order_records([world.hana.id, world.ken.id])
    assert ordered() == {world.ken.id}
    # It comes back there, and leads to the friend again.
    contact(world.portal, "1", lines=[world.hana.line_user_id])
    (match,) = find_friends(world.portal.id, ["1"])
    assert match.friend_id == world.hana.id


def test_switching_it_on_again_makes_all_of_them(world: SimpleNamespace) -> None:
    world.portal.creates_records = True
    links.drop_links(world.portal, ["1"])
    for is_on in (False, True):
        change_settings(world.portal, 5, is_on, actor=SYSTEM)
    creating.order_records([world.hana.id])
    assert ordered() == {world.hana.id}
