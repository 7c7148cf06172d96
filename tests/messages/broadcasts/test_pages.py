"""Pages of broadcasts: the list, the editor, and the review."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.friends.models import FollowStatus
from app.line.models import Account
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.operations.rules import BroadcastSettings, change_rules
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.content.message_set import MessageSet
from app.team.actors import SYSTEM
from tests.conftest import signed_in
from tests.factories import friends, segments, team
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import Stage, opened, staged, stored, work
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A channel with a few friends."""
    return staged(line, connect, 3)


def draft(account: Account, name: str) -> int:
    made = create_draft(account.id, BroadcastPlan(name, AudienceChoice(), MessageSet()), actor=SYSTEM)
    db.session.commit()
    return made.id


def page(browser: CheckingClient, url: str) -> str:
    return browser.get(url, headers={"Accept-Language": "en"}).get_data(as_text=True)


def test_the_list_is_searched_filtered_and_sorted(as_alice: CheckingClient, place: Account) -> None:
    url = f"/accounts/{place.id}/broadcasts"
    assert "No broadcasts yet" in page(as_alice, url)
    for name in ("Bean", "Amber"):
        draft(place, name)
    by_name = page(as_alice, f"{url}?sort=name")
    assert 0 < by_name.index("<bdi>Amber") < by_name.index("<bdi>Bean")
    for order in ("planned", "planned_up", "sent", "sent_least", "name_down", "earliest"):
        assert "<bdi>Bean" in page(as_alice, f"{url}?sort={order}")
    found = page(as_alice, f"{url}?search=AMB&state=draft")
    assert "<bdi>Amber" in found
    assert "<bdi>Bean" not in found
    assert "No broadcast fits" in page(as_alice, f"{url}?state=sent")


def saved(browser: CheckingClient, account: Account, url: str, **fields: str) -> tuple[int, str]:
    """Open the editor, fill it in, and save; returns the status and the answer or where it leads."""
    drawn = opened(browser, url)[1]
    shown = {
        name: re.search(f'name="{name}" value="([0-9]+)"', drawn) for name in ("draft", "draft_version", "version")
    }
    given = {name: found.group(1) for name, found in shown.items() if found}
    usual = {"name": "Spring", "audience": "all", "tracking": "link", "starts": "now", "late_policy": "ask"}
    data = {**usual, "late_hours": "3", "spread_minutes": "0", **given, **fields}
    action = re.search(r'<form id="broadcast-form"[^>]*action="([^"]+)"', drawn)
    assert action
    answer = browser.post(action.group(1), data=data, headers={"Accept-Language": "en"})
    return answer.status_code, answer.headers.get("Location") or answer.get_data(as_text=True)


def only() -> Broadcast:
    db.session.rollback()
    return db.session.scalars(select(Broadcast)).one()


def test_the_segments_row_leads_to_a_broadcast_to_it(as_alice: CheckingClient, place: Account) -> None:
    loyal = segments.segment(place, "Loyal")
    assert f"/broadcasts/new?segment_id={loyal.id}" in page(as_alice, f"/accounts/{place.id}/segments")
    status, leads = saved(
        as_alice,
        place,
        f"/accounts/{place.id}/broadcasts/new?segment_id={loyal.id}",
        audience="segment",
        segment=str(loyal.id),
        then="review",
    )
    assert (status, leads) == (303, f"/accounts/{place.id}/broadcasts/{only().id}/review")
    assert only().audience == {"kind": "segment", "segment_id": loyal.id}
    assert "<bdi>Loyal</bdi>" in page(as_alice, leads)
    copied = as_alice.post(f"/accounts/{place.id}/broadcasts/{only().id}/copy")
    assert copied.status_code == 303
    assert "Spring (copy)" in page(as_alice, f"/accounts/{place.id}/broadcasts?segment={loyal.id}")


def test_times_are_moments_of_their_zone(as_alice: CheckingClient, place: Account) -> None:
    new = f"/accounts/{place.id}/broadcasts/new"

    def asked(at: str, zone: str = "America/New_York", **fields: str) -> tuple[int, str]:
        return saved(as_alice, place, new, starts="later", scheduled_at=at, time_zone=zone, **fields)

    assert "02:30 does not exist on this day in America/New_York" in asked("2035-03-11T02:30")[1]
    assert "this time comes twice" in asked("2035-11-04T01:30")[1]
    assert "without a time zone" in asked("2035-01-01T09:00+09:00")[1]
    assert "Choose a year from 1970 to 2999." in asked("9999-12-31T23:59")[1]
    assert "This time has passed" in asked("2020-01-01T09:00")[1]
    assert "Enter a date and a time" in asked("")[1]
    assert "Choose a time zone from the list" in asked("2035-01-01T09:00", "Mars/Base")[1]
    assert asked("2035-11-04T01:30", turn="second")[0] == 303
    assert only().scheduled_at == datetime(2035, 11, 4, 6, 30, tzinfo=UTC)
    review = page(as_alice, f"/accounts/{place.id}/broadcasts/{only().id}/review")
    assert "(America/New_York, UTC-5)" in review
    assert "<bdi>Spring" in page(as_alice, f"/accounts/{place.id}/broadcasts/calendar?month=2035-11")


def test_opening_and_saving_moves_nothing(as_alice: CheckingClient, place: Account) -> None:
    at = datetime(2035, 11, 4, 5, 30, 17, tzinfo=UTC)
    plan = BroadcastPlan("Spring", AudienceChoice(), MessageSet(), scheduled_at=at, time_zone="America/New_York")
    made = create_draft(place.id, plan, actor=SYSTEM)
    db.session.commit()
    fields = {"starts": "later", "scheduled_at": "2035-11-04T01:30", "time_zone": "America/New_York", "turn": "first"}
    url = f"/accounts/{place.id}/broadcasts/{made.id}/edit"
    assert 'value="2035-11-04T01:30"' in page(as_alice, url)
    assert saved(as_alice, place, url, **fields, name="Autumn")[0] == 303
    assert (only().name, only().scheduled_at) == ("Autumn", at)


def test_two_members_who_save_are_told_of_each_other(as_alice: CheckingClient, place: Account) -> None:
    broadcast_id = draft(place, "Spring")
    url = f"/accounts/{place.id}/broadcasts/{broadcast_id}/edit"
    status, shown = saved(as_alice, place, url, version="0", name="Mine")
    assert status == 409
    assert "broadcast-conflict" in shown
    assert only().name == "Spring"
    assert saved(as_alice, place, url, version="0", over=str(only().version), name="Mine")[0] == 303
    assert only().name == "Mine"


def test_the_estimate_counts_the_chosen_audience(as_alice: CheckingClient, place: Account) -> None:
    friends.friend(place)
    friends.friend(place, follow_status=FollowStatus.BLOCKED)
    url = f"/accounts/{place.id}/broadcasts/estimate"
    counted = page(as_alice, f"{url}?audience=all")
    assert re.findall(r'broadcast-number">(\d+)<', counted) == ["1", "1"]
    assert "Choose a segment to see" in page(as_alice, f"{url}?audience=segment&segment=0")


def test_a_draft_is_confirmed_sent_and_never_edited_again(as_alice: CheckingClient, stage: Stage) -> None:
    broadcast = stage.draft("Hello", name="Spring")
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}"
    review = page(as_alice, f"{url}/review")
    assert review.index("will get it") < review.index('id="broadcast-checks"') < review.index('id="broadcast-confirm"')
    assert "LINE takes the messages" in page(as_alice, f"{url}/checks")
    refused = as_alice.post(f"{url}/confirmation", data={"seen": "0"}, headers={"Accept-Language": "en"})
    assert refused.status_code == 409
    assert "changed since you opened" in refused.get_data(as_text=True)
    assert as_alice.post(f"{url}/confirmation", data={"seen": str(broadcast.version)}).status_code == 303
    assert "Cancel Scheduled Broadcast" in page(as_alice, f"{url}/review")
    assert as_alice.post(f"{url}/cancellation").status_code == 303
    assert stored(broadcast.id).is_draft
    seen = str(stored(broadcast.id).version)
    assert as_alice.post(f"{url}/confirmation", data={"seen": seen}).status_code == 303
    work()
    assert stage.reached() == stage.people
    assert as_alice.get(f"{url}/edit").headers["Location"] == url
    assert "This broadcast was confirmed" in page(as_alice, url)
    assert as_alice.post(f"{url}/removal").status_code == 409


def test_messages_that_line_refuses_are_shown_at_their_places(as_alice: CheckingClient, stage: Stage) -> None:
    broadcast = stage.draft("")
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}"
    answer = as_alice.post(f"{url}/confirmation", data={"seen": str(broadcast.version)})
    assert answer.headers["Location"] == f"{url}/edit?check=1"
    edit = page(as_alice, f"{url}/edit?check=1")
    assert 'data-path="messages.0.text"' in edit and " data-complains>" in edit
    assert " data-complains" not in page(as_alice, f"{url}/edit")
    assert stored(broadcast.id).is_draft


def test_a_second_person_is_asked_for_by_name(
    app: Flask, people: SimpleNamespace, as_alice: CheckingClient, stage: Stage
) -> None:
    change_rules(stage.account.id, BroadcastSettings(needs_second=True), actor=SYSTEM)
    broadcast = stage.draft("Hello")
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}"
    data = {"seen": str(broadcast.version)}
    assert as_alice.post(f"{url}/confirmation", data=data).status_code == 303
    first = page(as_alice, f"{url}/review")
    assert "Another member has to confirm it before it is sent" in first
    assert 'id="broadcast-confirm"' not in first
    change_rules(stage.account.id, BroadcastSettings(needs_second=False), actor=SYSTEM)
    alone = page(as_alice, f"{url}/review")
    assert 'id="broadcast-confirm"' in alone and 'id="broadcast-first"' not in alone
    change_rules(stage.account.id, BroadcastSettings(needs_second=True), actor=SYSTEM)
    second = signed_in(app, team.member(permissions=["confirm_broadcasts"]))
    assert "Alice has confirmed it. It is sent once you confirm it as well." in page(second, f"{url}/review")
    assert second.post(f"{url}/confirmation", data=data).status_code == 303
    assert stored(broadcast.id).state == BroadcastState.SCHEDULED
