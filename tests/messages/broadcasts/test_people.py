"""Every number of a broadcast that consists of people opens exactly these people."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.db import db
from app.core.runs import operations as runs
from app.core.runs.models import Run
from app.friends.filters import FriendFilter
from app.friends.models import Friend, FriendTag
from app.friends.operations import bulk
from app.friends.queries.listing import count_friends, friends_page
from app.friends.queries.orders import ORDERS
from app.messages.broadcasts.ledger import count_people
from app.messages.broadcasts.models import BroadcastRecipient, RecipientState, TrackingKind, Variant
from app.messages.broadcasts.people_words import WORDS
from app.messages.broadcasts.queries.choice import PeopleChoice, choice_of, known_of
from app.messages.broadcasts.queries.people import PeopleOf
from app.messages.broadcasts.queries.results import figures_of
from app.messages.tracking.models import TrackedLink
from app.segments.conditions.compiler import compile_definition
from app.segments.models import Segment
from app.segments.queries.members import members_page
from app.segments.queries.segments import reading_of
from app.team.models import AuditEntry
from tests.conftest import signed_in
from tests.factories import team
from tests.factories.friends import tag
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, staged, stored
from tests.messages.broadcasts.test_ab import add_picture, click
from tests.messages.broadcasts.test_results import happened
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

# The numbers of the friends, in the order of their ids, who are behind each number of the results.
EXPECTED = {
    PeopleOf.RECIPIENTS: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    PeopleOf.SENT: [0, 1, 2, 3, 4],
    PeopleOf.DELIVERED: [1, 2, 3, 4],
    PeopleOf.BLOCKED_BEFORE: [0],
    PeopleOf.OPENED: [0, 1],
    PeopleOf.CLICKED: [0, 1],
    PeopleOf.REPLIED: [2],
    PeopleOf.BLOCKED: [1],
    PeopleOf.WAITING: [5],
    PeopleOf.REFUSED: [6],
    PeopleOf.UNKNOWN: [7],
    PeopleOf.NOT_SENT: [8],
}


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A few friends."""
    return staged(line, connect, 9)


@pytest.fixture
def broadcast_id(stage: Stage) -> int:
    """A broadcast whose people have come to every state, and some of whom did something."""
    found = stage.sent(LINKED, tracking=TrackingKind.PERSON)
    for position, state in enumerate(
        (RecipientState.WAITING, RecipientState.REFUSED, RecipientState.UNKNOWN, RecipientState.NOT_SENT), start=6
    ):
        mine = (BroadcastRecipient.broadcast_id == found.id) & (BroadcastRecipient.position == position)
        reason = "broadcasts.not_known" if state is RecipientState.REFUSED else None
        db.session.execute(update(BroadcastRecipient).where(mine).values(state=state, reason=reason))
    found = stored_counts(found.id)
    add_picture(found)
    click(found, Variant.A, 2)
    click(found, Variant.A, 2)
    happened("blocked", 0, -5)
    happened("blocked", 1, 5)
    happened("message", 2, 5)
    return found


def stored_counts(broadcast_id: int) -> int:
    """Write the counts as the recording does; returns the id."""
    db.session.commit()
    stored(broadcast_id).counts = count_people(broadcast_id)
    db.session.commit()
    return broadcast_id


def choice(broadcast_id: int, kind: PeopleOf) -> PeopleChoice:
    found = choice_of(stored(broadcast_id), kind)
    assert found is not None
    return found


def listed(stage: Stage, wanted: PeopleChoice, search: str = "") -> list[int]:
    """Return the numbers of the friends on the list."""
    numbers = {one: number for number, one in enumerate(db.session.scalars(select(Friend.id).order_by(Friend.id)))}
    page = friends_page(stage.account.id, FriendFilter(search=search, among=(wanted.key,)), ORDERS["newest"])
    return sorted(numbers[row.id] for row in page.rows)


def address(stage: Stage, broadcast_id: int, rest: str) -> str:
    return f"/accounts/{stage.account.id}/broadcasts/{broadcast_id}/people/{rest}"


def test_every_number_has_words() -> None:
    assert set(WORDS) == set(PeopleOf) == set(EXPECTED)


@pytest.mark.parametrize("kind", list(PeopleOf))
def test_a_number_opens_as_many_people_as_it_says(stage: Stage, broadcast_id: int, kind: PeopleOf) -> None:
    figures, wanted = figures_of(stored(broadcast_id)), choice(broadcast_id, kind)
    assert listed(stage, wanted) == EXPECTED[kind]
    assert wanted.count() == getattr(figures, kind.value) == len(EXPECTED[kind])
    assert count_friends(stage.account.id, FriendFilter(among=(wanted.key,))).number == len(EXPECTED[kind])


def test_what_is_known_of_each_person(stage: Stage, broadcast_id: int) -> None:
    ids = list(db.session.scalars(select(Friend.id).order_by(Friend.id)))
    clicked = known_of(choice(broadcast_id, PeopleOf.CLICKED), ids)
    first = clicked[ids[0]]
    assert (first.state, first.reason) == (RecipientState.SENT, None)
    assert first.sent_at is not None and first.happened_at >= first.sent_at
    assert (clicked[ids[6]].state, clicked[ids[6]].sent_at) == (RecipientState.REFUSED, None)
    assert clicked[ids[6]].reason == "broadcasts.not_known" and clicked[ids[6]].happened_at is None
    assert known_of(choice(broadcast_id, PeopleOf.SENT), ids)[ids[0]].happened_at is None
    blocked = known_of(choice(broadcast_id, PeopleOf.BLOCKED), ids)
    assert [number for number, one in enumerate(ids) if blocked[one].happened_at] == [1]


def test_links_and_sets_of_a_test_have_people_of_their_own(stage: Stage) -> None:
    other = "And: https://shop.example.com/coffee"
    broadcast = stage.sent(LINKED, other, tracking=TrackingKind.PERSON)
    links = db.session.scalars(select(TrackedLink).order_by(TrackedLink.id)).all()
    send_id, places = links[0].send_id, sorted({link.place for link in links})
    click(broadcast.id, Variant.A, 1)
    found = [choice_of(stored(broadcast.id), PeopleOf.CLICKED, send_id, place) for place in places]
    assert [one.count() for one in found if one] == [1, 0] or [one.count() for one in found if one] == [0, 1]
    whole = choice_of(stored(broadcast.id), PeopleOf.OPENED, send_id)
    assert whole is not None and listed(stage, whole) == [0]
    one = next(one for one in found if one and one.count())
    assert listed(stage, one) == [0]
    wrong = [(PeopleOf.CLICKED, send_id + 1, ""), (PeopleOf.CLICKED, send_id, "messages[9].text"),
             (PeopleOf.SENT, send_id, ""), (PeopleOf.OPENED, send_id, places[0]), ("everyone", None, "")]  # fmt: skip
    assert [choice_of(stored(broadcast.id), *values) for values in wrong] == [None] * len(wrong)


def test_the_results_lead_to_the_people(stage: Stage, broadcast_id: int, as_alice: CheckingClient) -> None:
    base = f"/accounts/{stage.account.id}/broadcasts/{broadcast_id}"
    results, show = as_alice.get(f"{base}/results").text, as_alice.get(base).text
    for kind in ("sent", "delivered", "blocked_before", "opened", "clicked", "replied", "blocked"):
        assert f'href="{base}/people/{kind}"' in results
    assert f'href="{base}/people/clicked?send=' in results
    for kind in ("sent", "refused", "unknown", "not_sent", "waiting"):
        assert f'href="{base}/people/{kind}"' in show


def test_the_page_names_number_people_and_moments(stage: Stage, broadcast_id: int, as_alice: CheckingClient) -> None:
    english = {"Accept-Language": "en"}
    page = as_alice.get(address(stage, broadcast_id, "clicked"), headers=english).text
    assert "Clicked" in page and "Spring" in page and "First clicked" in page and "Friend " in page
    assert "each counted once" in page and "Add tags to all" in page
    assert "2 friends" in as_alice.fragment(address(stage, broadcast_id, "clicked/count")).text
    found = as_alice.get(address(stage, broadcast_id, "sent?search=Friend+1")).text
    assert found.count('class="person"') == 1
    none = as_alice.get(address(stage, broadcast_id, "sent?search=zzz"), headers=english).text
    assert "None of these people fits this search." in none


def test_an_empty_number_says_why(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast = stage.sent(LINKED, tracking=TrackingKind.PERSON)
    page = as_alice.get(address(stage, broadcast.id, "clicked"), headers={"Accept-Language": "en"}).text
    assert "No one is known to have tapped a link yet." in page


@pytest.mark.parametrize("rest", ["everyone", "clicked?send=999999", "sent/count?place=x", "nothing/people.csv"])
def test_what_does_not_exist_is_not_found(stage: Stage, broadcast_id: int, as_alice: CheckingClient, rest: str) -> None:
    assert as_alice.get(address(stage, broadcast_id, rest)).status_code == 404


def test_a_draft_has_no_people(stage: Stage, as_alice: CheckingClient) -> None:
    assert as_alice.get(address(stage, stage.draft("Not yet").id, "recipients")).status_code == 404


def test_who_may_not_see_friends_sees_how_many_they_are(stage: Stage, broadcast_id: int, app: Flask) -> None:
    member = signed_in(app, team.member(permissions=["confirm_broadcasts"], account_ids=[stage.account.id]))
    page = member.get(address(stage, broadcast_id, "sent"), headers={"Accept-Language": "en"}).text
    assert "5 friends" in page and "Who they are is not shown" in page and 'class="person"' not in page
    assert member.get(address(stage, broadcast_id, "sent/people.csv")).status_code == 403
    assert "5 friends" in member.get(address(stage, broadcast_id, "sent?search=zzz")).text
    assert "5 friends" in member.get(address(stage, broadcast_id, "sent/count?search=zzz")).text
    reader = signed_in(app, team.member(permissions=["friends"], account_ids=[stage.account.id]))
    assert reader.get(address(stage, broadcast_id, "sent")).status_code == 403
    stranger = signed_in(app, team.member(permissions="all", account_ids=[]))
    for rest in ("sent", "sent/count", "sent/people.csv"):
        assert stranger.get(address(stage, broadcast_id, rest)).status_code == 404


def test_who_may_not_see_broadcasts_gets_no_people_of_one(stage: Stage, broadcast_id: int, app: Flask) -> None:
    permissions = ["friends", "export", "tags"]
    member = signed_in(app, team.member(permissions=permissions, account_ids=[stage.account.id]))
    among = f"among={choice(broadcast_id, PeopleOf.SENT).key}"
    friends = f"/accounts/{stage.account.id}/friends"
    assert member.get(friends).status_code == 200
    paths = [address(stage, broadcast_id, "sent/people.csv"), f"{friends}?{among}", f"{friends}.csv?{among}"]
    assert [member.get(path).status_code for path in paths] == [403, 403, 403]


def test_the_file_holds_the_friends_and_their_moments(
    stage: Stage, broadcast_id: int, as_alice: CheckingClient
) -> None:
    answer = as_alice.get(address(stage, broadcast_id, "clicked/people.csv"), headers={"Accept-Language": "en"})
    header, *rows = csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert header[:2] == ["LINE user ID", "External user ID"]
    assert header[-4:] == ["State in the broadcast", "Reason", "Sent at (Asia/Tokyo)", "First clicked (Asia/Tokyo)"]
    assert [row[-4] for row in rows] == ["Sent", "Sent"] and all(row[-1] and row[-2] for row in rows)
    refused = as_alice.get(address(stage, broadcast_id, "refused/people.csv"), headers={"Accept-Language": "en"})
    assert next(row for row in csv.reader(io.StringIO(refused.text)) if "Refused" in row)[-2]
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None and entry.action == "broadcast.people_exported"


def test_tags_are_put_on_all_of_them(
    stage: Stage, broadcast_id: int, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    vip, wanted = tag(stage.account), choice(broadcast_id, PeopleOf.DELIVERED)
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    sent = {"action": "add", "whole": "1", "among": wanted.key, "chosen": vip.id}
    assert as_alice.post(f"/accounts/{stage.account.id}/bulk-tags", data=sent).status_code < 400
    run_id = db.session.scalars(select(Run.id).where(Run.kind == bulk.BULK_TAGS)).one()
    db.session.rollback()
    while db.session.get_one(Run, run_id, populate_existing=True).is_active:
        db.session.rollback()
        runs.advance(run_id)
    tagged = db.session.scalars(select(FriendTag.friend_id).where(FriendTag.tag_id == vip.id)).all()
    assert len(tagged) == len(EXPECTED[PeopleOf.DELIVERED])


def test_the_list_of_friends_can_be_narrowed_to_them(stage: Stage, broadcast_id: int, as_alice: CheckingClient) -> None:
    wanted = choice(broadcast_id, PeopleOf.DELIVERED)
    friends = f"/accounts/{stage.account.id}/friends"
    page = as_alice.get(f"{friends}?among={wanted.key}", headers={"Accept-Language": "en"}).text
    assert "Delivered: " in page and page.count('class="person"') == 4
    assert as_alice.get(f"{friends}?among=broadcast-999-sent").status_code == 404


@pytest.mark.parametrize("kind", list(PeopleOf))
def test_saved_as_a_segment_they_are_as_many(
    stage: Stage, broadcast_id: int, as_alice: CheckingClient, kind: PeopleOf
) -> None:
    form = address(stage, broadcast_id, f"{kind}/segment")
    assert f"{WORDS[kind].label}: Spring" in as_alice.get(form, headers={"Accept-Language": "en"}).text
    assert as_alice.post(form, data={"name": " "}).status_code == 422
    assert as_alice.post(form, data={"name": "Mine"}).status_code == 303
    segment = db.session.scalars(select(Segment)).one()
    assert len(members_page(compile_definition(reading_of(segment).definition)).rows) == len(EXPECTED[kind])


def test_people_of_a_link_are_saved_as_a_segment(stage: Stage, broadcast_id: int, as_alice: CheckingClient) -> None:
    link = db.session.scalars(select(TrackedLink).order_by(TrackedLink.id)).first()
    assert link is not None
    part = f"clicked/segment?send={link.send_id}&place={link.place}"
    assert as_alice.post(address(stage, broadcast_id, part), data={"name": "Mine"}).status_code == 303
    segment = db.session.scalars(select(Segment)).one()
    assert len(members_page(compile_definition(reading_of(segment).definition)).rows) == 2
    assert as_alice.get(address(stage, broadcast_id, f"opened/segment?send={link.send_id}")).status_code == 404
