"""Every number of a test opens its people, part by part, and the numbers of a review open theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, update

from app.core.clock import now
from app.core.db import db
from app.friends.filters import FriendFilter
from app.friends.models import Activity, FollowStatus, Friend
from app.friends.queries.listing import count_friends
from app.messages.broadcasts.conditions.choice import conditions_for
from app.messages.broadcasts.models import Broadcast, PartOfTest, TrackingKind, Variant
from app.messages.broadcasts.operations import control
from app.messages.broadcasts.queries.choice import PeopleChoice, choice_of
from app.messages.broadcasts.queries.people import PeopleOf
from app.messages.broadcasts.queries.results import figures_of
from app.messages.broadcasts.review_set import key_of
from app.messages.sending.frequency import change_cap
from app.segments.conditions.sentences import ConditionSentences
from app.team.actors import SYSTEM
from tests.conftest import signed_in
from tests.factories import team
from tests.factories.segments import definition
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, staged, stored, texts, work
from tests.messages.broadcasts.test_ab import add_picture, begun, click, click_as, later, person_at
from tests.segments.conditions.asking import reading, who
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

PEOPLE = 10
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A few friends."""
    return staged(line, connect, PEOPLE)


@pytest.fixture
def decided(stage: Stage) -> Broadcast:
    """A test of two and two of ten people, in which B has won by a click and got two clicks from the rest."""
    broadcast_id = begun(stage, TrackingKind.PERSON, test_share=40)
    add_picture(broadcast_id)
    click(broadcast_id, Variant.B, 1)
    later(broadcast_id, 4)
    for position in (6, 8):
        click_as(broadcast_id, position)
    person = person_at(broadcast_id, 7)
    block = {"kind": "blocked", "occurred_at": now() - timedelta(minutes=5), "data": {}, "friend_id": person.friend_id}
    db.session.execute(insert(Activity).values(account_id=stage.account.id, **block))
    db.session.commit()
    return stored(broadcast_id)


def choice(broadcast: Broadcast, kind: str, part: PartOfTest) -> PeopleChoice:
    found = choice_of(stored(broadcast.id), kind, part=part.value)
    assert found is not None
    return found


def test_a_number_of_a_part_opens_as_many_people_as_it_says(stage: Stage, decided: Broadcast) -> None:
    figures = figures_of(decided).variants
    found = {one.part: [one.sent, one.delivered, one.opened, one.clicked] for one in figures}
    assert found == {PartOfTest.A: [2, 2, 0, 0], PartOfTest.B: [2, 2, 1, 1], PartOfTest.REST: [6, 5, 2, 2]}
    for part, numbers in found.items():
        opened = [choice(decided, kind, part) for kind in ("sent", "delivered", "opened", "clicked")]
        assert [one.count() for one in opened] == numbers
        listed = [count_friends(stage.account.id, FriendFilter(among=(one.key,))).number for one in opened]
        assert listed == numbers


def test_the_people_of_a_part_become_a_segment(stage: Stage, decided: Broadcast) -> None:
    """A segment has the people of the list, and its conditions can be read."""
    for kind in (PeopleOf.SENT, PeopleOf.OPENED, PeopleOf.CLICKED):
        for part in PartOfTest:
            wanted = choice(decided, kind, part)
            raw = definition(conditions_for(wanted))
            assert not reading(stage.account, raw).complaints
            ids = set(db.session.scalars(wanted.ids))
            names = {friend.display_name for friend in db.session.query(Friend) if friend.id in ids}
            assert who(stage.account, raw) == names and len(names) == wanted.count()


def test_a_part_is_named_in_conditions(app: object, stage: Stage, decided: Broadcast) -> None:
    raw = definition(conditions_for(choice(decided, "clicked", PartOfTest.REST)))
    found = reading(stage.account, raw).definition
    words = ConditionSentences([found]).summary(found)
    assert "Rest: set B" in words and "Clicked message set of A/B test" in words


@pytest.mark.parametrize("asked", ["part=c", "part=rest", "part=a&send=1", "part=a&place=x"])
def test_what_is_no_part_is_not_found(stage: Stage, as_alice: CheckingClient, asked: str) -> None:
    broadcast_id = begun(stage, TrackingKind.PERSON, test_share=40)
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast_id}/people/sent?"
    assert as_alice.get(url + asked).status_code == 404
    assert as_alice.get(f"{url}part=a").status_code == 200
    plain = stage.sent()
    assert as_alice.get(f"/accounts/{stage.account.id}/broadcasts/{plain.id}/people/sent?part=a").status_code == 404


def test_the_table_leads_to_the_people_of_a_part(stage: Stage, decided: Broadcast, as_alice: CheckingClient) -> None:
    url = f"/accounts/{stage.account.id}/broadcasts/{decided.id}"
    results = as_alice.get(f"{url}/results", headers=ENGLISH).text
    for kind, part in (("sent", "a"), ("sent", "rest"), ("opened", "rest"), ("clicked", "b")):
        assert f'href="{url}/people/{kind}?part={part}"' in results
    page = as_alice.get(f"{url}/people/clicked?part=rest", headers=ENGLISH).text
    assert "Rest: set B" in page and page.count('class="person"') == 2 and 'name="part" value="rest"' in page
    asked = as_alice.get(f"{url}/people/clicked/segment?part=rest", headers=ENGLISH).text
    assert "Clicked (Rest: set B): Spring" in asked
    assert as_alice.post(f"{url}/people/clicked/segment?part=rest", data={"name": "Rest"}).status_code < 400
    file = as_alice.get(f"{url}/people/sent/people.csv?part=a", headers=ENGLISH).text
    assert file.count(",Sent,") == 2
    results = as_alice.get(f"{url}/results.csv", headers=ENGLISH).text
    assert "Rest: set B: Clicked,2,0.4" in results


def test_a_winner_that_a_member_chose_leaves_no_set_without_its_people(stage: Stage) -> None:
    """A set without links has a row of its own as well."""
    broadcast_id = stage.confirmed("A", content_b=texts("B", LINKED), test_share=40, winner_after_hours=4)
    work()
    control.choose_winner(stage.account.id, broadcast_id, Variant.A, actor=SYSTEM)
    db.session.commit()
    work()
    found = {one.part.value: (one.sent, one.clicked) for one in figures_of(stored(broadcast_id)).variants}
    assert found == {"a": (2, None), "b": (2, None), "rest": (6, None)}
    assert conditions_for(choice(stored(broadcast_id), "clicked", PartOfTest.A)) == []


def test_the_numbers_of_a_review_open_their_people(stage: Stage, as_alice: CheckingClient, app: Flask) -> None:
    account = stage.account
    stage.sent("First")
    change_cap(account.id, 1, 7, actor=SYSTEM)
    friends = list(db.session.scalars(Friend.__table__.select().with_only_columns(Friend.id).order_by(Friend.id)))
    db.session.execute(update(Friend).where(Friend.id.in_(friends[:2])).values(follow_status=FollowStatus.BLOCKED))
    db.session.execute(update(Friend).where(Friend.id == friends[3]).values(first_name="Aki"))
    db.session.commit()
    draft = stage.draft("Hello {{first_name|you}}")
    expected = {"recipients": 0, "reachable": 8, "blocked": 2, "capped": 8}
    url = f"/accounts/{account.id}/broadcasts/{draft.id}"
    page = as_alice.get(f"{url}/review", headers=ENGLISH).text
    for number, people in expected.items():
        assert count_friends(account.id, FriendFilter(among=(key_of(draft, number),))).number == people
        assert (f"among=review-{draft.id}-{number}" in page) is (people > 0)
    checks = as_alice.get(f"{url}/checks", headers=ENGLISH).text
    unknown = key_of(draft, "unknown", "first_name")
    assert f"among={unknown}" in checks and count_friends(account.id, FriendFilter(among=(unknown,))).number == 7
    listed = as_alice.get(f"/accounts/{account.id}/friends?among={unknown}", headers=ENGLISH).text
    assert "“First name” unknown: Spring" in listed
    change_cap(account.id, None, None, actor=SYSTEM)
    for _ in range(2):
        stage.sent("More")
    checks = as_alice.get(f"{url}/checks", headers=ENGLISH).text
    assert f"among=review-{draft.id}-often" in checks
    assert count_friends(account.id, FriendFilter(among=(key_of(draft, "often"),))).number == 8
    member = signed_in(app, team.member(permissions=["confirm_broadcasts"], account_ids=[account.id]))
    assert "among=" not in member.get(f"{url}/review").text
    for key in ("capped", "unknown-nothing", "everyone"):
        assert as_alice.get(f"/accounts/{account.id}/friends?among=review-{draft.id}-{key}").status_code == 404
